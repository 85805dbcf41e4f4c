/**
 * Reads a getBlock answer (`json` encoding) from its bytes: the block's header, and only those transactions
 * in whose bytes one of our keys stands. JSON.parse of a whole mainnet block costs more than fetching it;
 * nothing is built of what is not ours.
 *
 * `json` and not `base64`, although base64 is quicker to fetch: in a base64 transaction the account keys
 * cannot be seen.
 */

import { isObject } from '../../../runtime/untrusted.js';
import { isBlockTime, NO_BLOCK_TIME } from '../../block-time.js';
import type { KeyFinder } from './keys.js';

export interface BlockHeader {
  readonly blockhash: string;
  readonly previousBlockhash: string;
  readonly parentSlot: number;
  /** Unix seconds; null where the node has none. */
  readonly blockTime: number | null;
}

export interface ScannedBlock {
  readonly header: BlockHeader;
  /** As the node gave them, with their place in the block. */
  readonly ours: readonly { readonly index: number; readonly raw: unknown }[];
}

/** The answer is neither a block nor a JSON-RPC error. The message says what it is. */
export class NotABlock extends Error {
  override readonly name = 'NotABlock';
}

/** The endpoint answered with a JSON-RPC error instead. */
export class ErrorAnswer extends Error {
  override readonly name = 'ErrorAnswer';
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/** Most bytes that are parsed of an answer: what is parsed takes about five times as much. */
const LARGEST_PARSED = 24 * 1024 * 1024;
const TRANSACTIONS = Buffer.from('"transactions":[{"');

/**
 * The block's header and our transactions, of an answer with full transactions.
 * @throws NotABlock or ErrorAnswer
 */
export function scanBlock(body: Buffer, keys: KeyFinder): ScannedBlock {
  const scanned = scanCompact(body, keys);
  if (scanned !== null) return scanned;
  if (body.length > LARGEST_PARSED)
    throw new NotABlock(`${body.length} bytes that are not laid out as nodes lay them out`);
  // No transactions, an error, white space between tokens, or not JSON at all: parsing tells which, and
  // re-serialising removes the white space.
  const answer = parse(body.toString('utf8'));
  const header = readHeader(answer);
  const transactions = transactionsOf(answer);
  if (transactions.length === 0) return { header, ours: [] };
  const compact = scanCompact(Buffer.from(written(answer)), keys);
  if (compact === null) throw new NotABlock('its transactions are not objects that begin alike');
  return compact;
}

/**
 * Header of a block asked for with `transactionDetails: none`, or of any other getBlock answer.
 * @throws NotABlock or ErrorAnswer
 */
export function scanHeader(body: Buffer): BlockHeader {
  if (body.length > LARGEST_PARSED) throw new NotABlock(`a header of ${body.length} bytes`);
  return readHeader(parse(body.toString('utf8')));
}

/** null when the bytes are not laid out as nodes lay them out. */
function scanCompact(body: Buffer, keys: KeyFinder): ScannedBlock | null {
  const found = body.indexOf(TRANSACTIONS);
  if (found < 0) return null;
  const array = found + TRANSACTIONS.length - 3;
  const first = array + 1;
  // Every transaction begins with the same field (which one differs between node versions). `},{"field":`
  // cannot stand inside a JSON string, where the quotes would be escaped, and no object inside a transaction
  // begins with one of its own fields' names.
  const nameEnd = body.indexOf('":', first + 2, 'latin1');
  if (nameEnd < 0 || nameEnd - first > 64) return null;
  const separator = Buffer.concat([Buffer.from('},'), body.subarray(first, nameEnd + 2)]);
  const lastSeparator = body.lastIndexOf(separator);
  const last = lastSeparator < first ? first : lastSeparator + 2;
  const end = endOfObject(body, last);
  if (end < 0 || body[end] !== 0x5d) return null;

  // Without its transactions the answer is small: parsing that reads the header in whatever order it stands,
  // and proves that nothing was cut off.
  const header = readHeader(parse(`${body.toString('utf8', 0, array + 1)}${body.toString('utf8', end)}`));

  const search = keys.search(body, end);
  const ours: { index: number; raw: unknown }[] = [];
  let hit = search.next(first);
  let start = first;
  let parsed = 0;
  for (let index = 0; hit >= 0; index += 1) {
    const next = start === last ? -1 : body.indexOf(separator, start);
    const stop = next < 0 || next >= end ? end : next + 1;
    if (hit >= start && hit < stop) {
      parsed += stop - start;
      if (parsed > LARGEST_PARSED)
        throw new NotABlock(`a block with more than ${LARGEST_PARSED} bytes of transactions of ours`);
      ours.push({ index, raw: parse(body.toString('utf8', start, stop)) });
      hit = search.next(stop);
    }
    if (stop === end) break;
    start = stop + 1;
  }
  return { header, ours };
}

/** Offset just after the object that begins at `start`, or -1 when it does not end. */
function endOfObject(body: Buffer, start: number): number {
  let depth = 0;
  for (let at = start; at < body.length; at += 1) {
    const byte = body[at];
    if (byte === 0x22) {
      at += 1;
      while (at < body.length && body[at] !== 0x22) at += body[at] === 0x5c ? 2 : 1;
    } else if (byte === 0x7b || byte === 0x5b) depth += 1;
    else if (byte === 0x7d || byte === 0x5d) {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
  }
  return -1;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new NotABlock(
      text.trimStart().startsWith('<') ? 'HTML, not JSON' : 'JSON that is cut off or broken',
      { cause },
    );
  }
}

/** JSON.parse takes any depth, JSON.stringify does not. */
function written(answer: unknown): string {
  try {
    return JSON.stringify(answer);
  } catch (cause) {
    throw new NotABlock('JSON that is nested too deeply', { cause });
  }
}

function resultOf(answer: unknown): Readonly<Record<string, unknown>> {
  if (!isObject(answer)) throw new NotABlock('JSON that is no JSON-RPC answer');
  const { error, result } = answer;
  if (isObject(error))
    throw new ErrorAnswer(
      typeof error.code === 'number' ? error.code : 0,
      String(error.message ?? 'no message'),
    );
  if (!isObject(result))
    throw new NotABlock(`a result that is ${result === null ? 'null' : typeof result}, not a block`);
  return result;
}

function transactionsOf(answer: unknown): readonly unknown[] {
  const { transactions } = resultOf(answer);
  if (!Array.isArray(transactions)) throw new NotABlock('a block without result.transactions');
  return transactions;
}

function readHeader(answer: unknown): BlockHeader {
  const { blockhash, previousBlockhash, parentSlot, blockTime } = resultOf(answer);
  if (typeof blockhash !== 'string') throw new NotABlock('a block without result.blockhash');
  if (typeof previousBlockhash !== 'string') throw new NotABlock('a block without result.previousBlockhash');
  if (typeof parentSlot !== 'number' || !Number.isSafeInteger(parentSlot) || parentSlot < 0) {
    throw new NotABlock('a block without result.parentSlot');
  }
  if (blockTime !== null && blockTime !== undefined && !isBlockTime(blockTime))
    throw new NotABlock(`a block whose result.blockTime ${String(blockTime).slice(0, 40)} ${NO_BLOCK_TIME}`);
  return {
    blockhash,
    previousBlockhash,
    parentSlot,
    blockTime: typeof blockTime === 'number' ? blockTime : null,
  };
}
