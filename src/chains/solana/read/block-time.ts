/**
 * Finds the time of a block whose own answer lacks it: by getBlockTime, else the time of the nearest block
 * before it that has one. Both come from the chain, so that whoever reads the block gets the same.
 */
import { NdxError } from '../../../runtime/errors.js';
import type { BlockSpan } from '../../source.js';
import type { Commitment, SolanaRpc } from '../rpc/methods.js';
import type { SolanaBlock } from '../transaction.js';

/** How many blocks before it are looked at: some seconds. When none of them has a time, it stays unknown. */
const FURTHEST = 16;

/**
 * The span as it is, or with the time of its block where that was missing.
 * @throws NdxError when asking fails otherwise than with BLOCK_UNAVAILABLE or RPC_ERROR
 */
export async function withTime(
  rpc: Pick<SolanaRpc, 'blockTime' | 'header'>,
  span: BlockSpan<SolanaBlock>,
  finality: Commitment,
  signal: AbortSignal,
): Promise<BlockSpan<SolanaBlock>> {
  const { block, again } = span;
  if (block === null || block.blockTime !== null) return span;
  const time = await timeOf(rpc, block, finality, signal);
  if (time === null) return span;
  const dated = (read: SolanaBlock): SolanaBlock => ({
    ...read,
    blockTime: time,
    transactions: read.transactions.map((transaction) => ({ ...transaction, blockTime: time })),
  });
  return { ...span, block: dated(block), ...(again ? { again: () => dated(again()) } : {}) };
}

async function timeOf(
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
