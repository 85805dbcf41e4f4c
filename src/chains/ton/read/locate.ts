/** The masterchain block that holds a transaction of which only account, time and hash are known. */
import { NdxError } from '../../../runtime/errors.js';
import { isAboutBlock, RpcError } from '../../http/errors.js';
import type { RawTransaction } from '../endpoints/endpoint.js';
import type { TonPool } from '../pool.js';
import type { TonBlocks } from './blocks.js';
import type { OpenBlock } from './open-block.js';

/** What is needed to look for a transaction's block. */
export interface HistoryDeps {
  readonly pool: TonPool;
  readonly blocks: TonBlocks;
}

/** How many blocks after the one at the transaction's time are looked through. */
const REACH = 64;

async function blockAt({ pool }: HistoryDeps, time: number, signal: AbortSignal): Promise<number> {
  try {
    return (await pool.ask('blockAt', (endpoint) => endpoint.blockAt(time, { signal }), { signal })).value;
  } catch (error) {
    // Before the first block.
    if (error instanceof RpcError && isAboutBlock(error)) return 1;
    throw error;
  }
}

/** @throws NdxError BLOCK_UNAVAILABLE when no block holds it, as far as the endpoints show */
export async function locate(
  deps: HistoryDeps,
  item: RawTransaction,
  signal: AbortSignal,
): Promise<OpenBlock> {
  if (item.block !== null) return deps.blocks.open(item.block, { signal, bulk: true });
  const known = deps.blocks
    .recent()
    .find((block) => block.lastBefore(item.account, item.lt + 1n)?.hash === item.hash);
  if (known) return known;
  const time = item.now ?? item.read({ block: 0, transactionIndex: 0 }).now;
  // Several blocks may be of the same second, so the search begins with the second before.
  const near = await blockAt(deps, time - 1, signal);
  const { value: tip } = await deps.pool.ask('tip', (endpoint) => endpoint.tip({ signal }), { signal });
  for (let seqno = Math.max(1, near - 2); seqno <= Math.min(tip.seqno, near + REACH); seqno += 1) {
    const block = await deps.blocks.open(seqno, { signal, bulk: false });
    if (block.lastBefore(item.account, item.lt + 1n)?.hash === item.hash) return block;
  }
  throw new NdxError(
    'BLOCK_UNAVAILABLE',
    `TON: no masterchain block from ${near - 2} to ${near + REACH} holds transaction ${item.hash} of ${item.account}`,
    { retryable: true },
  );
}
