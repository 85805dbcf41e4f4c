/**
 * What toncenter v3 answers, read by hand as transactions are. Each is for `readAtDoor`. @throws WrongField
 */
import {
  asCount,
  asInteger,
  asList,
  asObject,
  asOptional,
  asText,
  asWhole,
  type Raw,
  readAtDoor,
  wrongType,
} from '../../../runtime/untrusted.js';
import { asBlockTime, asHash } from '../normalise/fields.js';
import { normaliseV3, readHead } from '../normalise/v3.js';
import type { ShardBlockId } from '../shards.js';
import type { RawTransaction } from './endpoint.js';
import { blockIdOf } from './text.js';

export interface BlockItem extends ShardBlockId {
  readonly rootHash: string;
  readonly parents: readonly ShardBlockId[] | null;
  readonly transactionCount: number | null;
}

export interface StateItem {
  readonly status: string;
  readonly codeHash: string | null;
  /** A bag of cells in base64. */
  readonly data: string | null;
  readonly last: { readonly lt: bigint; readonly hash: string } | null;
}

/** The newest block, and the oldest that the endpoint has; null: it does not say. */
export function readInfo(answer: unknown, holder: object, key: PropertyKey) {
  const whole = asObject(answer, holder, key);
  const newest = asObject(whole.last, whole, 'last');
  const oldest = asOptional(whole.first, whole, 'first', asObject);
  return {
    last: {
      seqno: asCount(newest.seqno, newest, 'seqno'),
      time: asOptional(newest.gen_utime, newest, 'gen_utime', asSeconds),
    },
    first: oldest && asOptional(oldest.seqno, oldest, 'seqno', asCount),
  };
}

/** In the answer's order. `parents` and `transactionCount` are null where the endpoint leaves them out. */
export function readBlocks(answer: unknown, holder: object, key: PropertyKey): readonly BlockItem[] {
  const whole = asObject(answer, holder, key);
  return asList(whole.blocks, whole, 'blocks').map((block, at, list) => {
    const raw = asObject(block, list, at);
    return {
      ...blockIdOf(raw, asShard),
      rootHash: asHash(raw.root_hash, raw, 'root_hash'),
      parents:
        asOptional(raw.prev_blocks, raw, 'prev_blocks', asList)?.map((parent, index, parents) =>
          blockIdOf(asObject(parent, parents, index), asShard),
        ) ?? null,
      transactionCount: asOptional(raw.tx_count, raw, 'tx_count', asWhole),
    };
  });
}

/** Each is normalised when it is wanted. */
export function readTransactions(
  answer: unknown,
  holder: object,
  key: PropertyKey,
): readonly RawTransaction[] {
  const whole = asObject(answer, holder, key);
  return asList(whole.transactions, whole, 'transactions').map((item, at, list) =>
    readTransaction(asObject(item, list, at)),
  );
}

function readTransaction(raw: Raw): RawTransaction {
  const after = asOptional(raw.account_state_after, raw, 'account_state_after', asObject);
  const head = readHead(raw);
  return {
    ...head,
    block: asOptional(raw.mc_block_seqno, raw, 'mc_block_seqno', asCount),
    codeHash: after && asOptional(after.code_hash, after, 'code_hash', asHash),
    read: (place) => readAtDoor(raw, () => normaliseV3(raw, place, head), wrongTransaction),
  };
}

/** null: no such account. */
export function readState(answer: unknown, holder: object, key: PropertyKey): StateItem | null {
  const whole = asObject(answer, holder, key);
  const accounts = asList(whole.accounts, whole, 'accounts');
  if (accounts.length === 0) return null;
  const raw = asObject(accounts[0], accounts, 0);
  const hash = unlessEmpty(raw, 'last_transaction_hash', asHash);
  const lt = unlessEmpty(raw, 'last_transaction_lt', asInteger);
  return {
    status: asText(raw.status, raw, 'status'),
    codeHash: unlessEmpty(raw, 'code_hash', asHash),
    data: unlessEmpty(raw, 'data_boc', asText),
    last: hash !== null && lt !== null && lt !== 0n ? { lt, hash } : null,
  };
}

/** What a get-method answered: the exit code of the TVM, and the stack as it came. */
export function readRun(
  answer: unknown,
  holder: object,
  key: PropertyKey,
): { readonly exitCode: number; readonly stack: readonly unknown[] } {
  const whole = asObject(answer, holder, key);
  return {
    exitCode: asWhole(whole.exit_code, whole, 'exit_code'),
    stack: asList(whole.stack, whole, 'stack'),
  };
}

/** The transactions of every trace. */
export function readTraces(answer: unknown, holder: object, key: PropertyKey): readonly RawTransaction[] {
  const whole = asObject(answer, holder, key);
  return asList(whole.traces, whole, 'traces').flatMap((trace, at, list) => {
    const raw = asObject(trace, list, at);
    const byHash = asObject(raw.transactions, raw, 'transactions');
    return Object.keys(byHash).map((hash) => readTransaction(asObject(byHash[hash], byHash, hash)));
  });
}

function asShard(value: unknown, holder: object, key: PropertyKey): string {
  if (typeof value !== 'string' || !/^[0-9a-f]{1,16}$/i.test(value))
    throw wrongType(value, holder, key, 'the hex prefix of a shard');
  return value.toLowerCase().padStart(16, '0');
}

/** Unix seconds; text in some versions. */
function asSeconds(value: unknown, holder: object, key: PropertyKey): number {
  return asBlockTime(Number(asInteger(value, holder, key)), holder, key);
}

/** What is not known is empty text at times. */
function unlessEmpty<T>(
  raw: Raw,
  key: string,
  read: (value: unknown, holder: object, key: PropertyKey) => T,
): T | null {
  return raw[key] === '' ? null : asOptional(raw[key], raw, key, read);
}

/** @param path from the transaction on */
function wrongTransaction(path: string, what: string): Error {
  return new Error(`${path}: ${what}`);
}
