/**
 * Finds the time of a block whose own answer lacks it: by getBlockTime, else the time of the nearest block
 * before it that has one. Both come from the chain, so that whoever reads the block gets the same. A block of
 * ours whose time nobody tells is not handed on: it would be dated 1970 in the tables.
 */
import { NdxError } from '../../../runtime/errors.js';
import type { BlockSpan } from '../../source.js';
import type { Commitment, SolanaRpc } from '../rpc/methods.js';
import type { SolanaBlock } from '../transaction.js';

/** How many blocks before it are looked at: some seconds. */
const FURTHEST = 16;

/**
 * The span as it is, or with the time of its block where that was missing, in its bytes too.
 * @throws NdxError BLOCK_UNAVAILABLE (retryable) when nobody tells the time of a block that holds something
 * of ours; else when asking fails otherwise than with BLOCK_UNAVAILABLE or RPC_ERROR
 */
export async function withTime(
  rpc: Pick<SolanaRpc, 'blockTime' | 'header'>,
  span: BlockSpan<SolanaBlock>,
  finality: Commitment,
  signal: AbortSignal,
): Promise<BlockSpan<SolanaBlock>> {
  const { block, again, raw } = span;
  if (block === null || block.blockTime !== null) return span;
  const time = await timeOf(rpc, block, finality, signal);
  if (time === null && block.transactions.length > 0) throw noTime(block.slot);
  if (time === null) return span;
  const dated = (read: SolanaBlock): SolanaBlock => ({
    ...read,
    blockTime: time,
    transactions: read.transactions.map((transaction) => ({ ...transaction, blockTime: time })),
  });
  return {
    ...span,
    block: dated(block),
    ...(again ? { again: () => dated(again()) } : {}),
    ...(raw ? { raw: () => withTimeIn(raw(), time) } : {}),
  };
}

/** The error about a block whose time no endpoint tells. */
export function noTime(slot: number): NdxError {
  return new NdxError(
    'BLOCK_UNAVAILABLE',
    `Solana: no endpoint tells the time of slot ${slot}, nor of the ${FURTHEST} blocks before it`,
    { retryable: true },
  );
}

const ABSENT = ['"blockTime":null', '"blockTime": null'];
const RESULT = '"result":{';

/**
 * The bytes of a getBlock answer with the time of its block: what is archived of it says the same as what was
 * read. None of what is searched can stand inside a JSON string, where quotes are escaped.
 */
function withTimeIn(raw: Uint8Array, time: number): Uint8Array {
  const body = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength);
  for (const absent of ABSENT) {
    const at = body.indexOf(absent);
    if (at >= 0)
      return joined(body.subarray(0, at), `"blockTime":${time}`, body.subarray(at + absent.length));
  }
  const at = body.indexOf(RESULT) + RESULT.length;
  return at < RESULT.length ? raw : joined(body.subarray(0, at), `"blockTime":${time},`, body.subarray(at));
}

function joined(before: Buffer, text: string, after: Buffer): Uint8Array {
  return Buffer.concat([before, Buffer.from(text), after]);
}

/** Unix seconds; null: nobody tells. */
export async function timeOf(
  rpc: Pick<SolanaRpc, 'blockTime' | 'header'>,
  { slot, parentSlot }: Pick<SolanaBlock, 'slot' | 'parentSlot'>,
  finality: Commitment,
  signal: AbortSignal,
): Promise<number | null> {
  const own = await unlessUnavailable(rpc.blockTime(slot, { signal }), signal);
  if (own !== null) return own;
  for (let [at, parent] = [0, parentSlot]; at < FURTHEST; at += 1) {
    const header = await unlessUnavailable(rpc.header(parent, finality, { signal }), signal);
    if (header === null || header.blockTime !== null) return header?.blockTime ?? null;
    if (header.parentSlot >= parent) return null;
    parent = header.parentSlot;
  }
  return null;
}

/** null: the endpoint answers with the error that it does not keep the block. */
async function unlessUnavailable<T>(
  asked: Promise<{ readonly value: T }>,
  signal: AbortSignal,
): Promise<T | null> {
  try {
    return (await asked).value;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof NdxError && (error.code === 'BLOCK_UNAVAILABLE' || error.code === 'RPC_ERROR'))
      return null;
    throw error;
  }
}
