/** The transactions of one account, newest first, each with the masterchain block that holds it. */
import { NdxError } from '../../../runtime/errors.js';
import { isAboutBlock, RpcError } from '../../http/errors.js';
import type { RawTransaction, TonEndpoint } from '../endpoints/endpoint.js';
import type { TonPool } from '../pool.js';
import type { TonBlocks } from './blocks.js';
import type { OpenBlock } from './open-block.js';

export interface Found {
  readonly block: OpenBlock;
  readonly hash: string;
}

export interface HistoryDeps {
  readonly pool: TonPool;
  readonly blocks: TonBlocks;
}

/** The block of a transaction is looked for this far after the one that its time points to. */
const REACH = 64;

/** Those of the range, newest first. Ends with the account's first transaction, or below the range. */
export async function* readHistory(
  deps: HistoryDeps,
  account: string,
  range: { readonly fromBlock: number; readonly toBlock: number },
  signal: AbortSignal,
): AsyncGenerator<Found, void, undefined> {
  const prefer = deps.pool.preferring('toncenter-v3', 'v4', 'toncenter-v2');
  const page = (start: RawTransaction | null) =>
    deps.pool.ask('transactions', (endpoint) => pageOf(endpoint, start), { signal, prefer });
  const pageOf = async (
    endpoint: TonEndpoint,
    start: RawTransaction | null,
  ): Promise<readonly RawTransaction[]> => {
    // A node that is behind would leave out the newest without a word.
    const { seqno } = start === null ? await endpoint.tip({ signal }) : { seqno: range.toBlock };
    if (seqno < range.toBlock)
      throw new RpcError(
        'RPC_ERROR',
        'behind',
        endpoint.name,
        `its newest block is ${seqno}, block ${range.toBlock} is asked for`,
        {
          retryable: true,
        },
      );
    return endpoint.transactions(account, start, { signal });
  };
  for (let start: RawTransaction | null = null; ; ) {
    const { value: items } = await page(start);
    // A page begins with the transaction that it was asked from.
    const before = start?.lt ?? null;
    const fresh: RawTransaction[] = items.filter((item) => before === null || item.lt < before);
    for (const item of fresh) {
      const block = await locate(deps, item, signal);
      if (block.seqno < range.fromBlock) return;
      if (block.seqno <= range.toBlock) yield { block, hash: item.hash };
    }
    const last = fresh.at(-1);
    if (!last) return;
    start = last;
  }
}

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
  // Several blocks may be of one second: from the one before it on.
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
