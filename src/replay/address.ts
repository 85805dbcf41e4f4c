/**
 * Reads again only the transactions that name one address, for programs so sparse that reading every block
 * would be waste. It proves nothing about transactions that it did not see, so no block becomes covered by
 * it.
 */

import { openDiscoveries } from '../discovery/discoveries.js';
import { type BlockRange, gapsIn } from '../events/range.js';
import { type TransactionsFound, transactionsBatch } from '../readers/batches.js';
import type { FoundTransaction } from '../readers/reader.js';
import { assertReadable } from './readable.js';
import { openRun, type ReplayDeps, type ReplaySummary } from './run.js';

export interface ReplayAddressOptions {
  /** Base58 (Solana). */
  readonly address: string;
  readonly range: BlockRange;
  /** Transactions fetched at once; four times as many jobs may be under way. */
  readonly concurrency: number;
}

/**
 * A batch is handed on when it holds at least this many transactions and the next one is in another block.
 */
const CHUNK = 200;

/**
 * Reads and reconciles the address's transactions in the range, newest first. Started again after an
 * interruption, it continues.
 * @throws NdxError INPUT_INVALID or BLOCK_UNAVAILABLE as assertReadable; what the endpoints said; the
 * signal's reason
 */
export async function replayAddress({
  address,
  range,
  concurrency,
  ...deps
}: ReplayDeps & ReplayAddressOptions): Promise<ReplaySummary> {
  const { reader, signal } = deps;
  await assertReadable(reader, range, signal);
  const knowledge = (await openDiscoveries(reader, deps.db)).knowledge();
  const what = `${address} ${range.fromBlock}-${range.toBlock}`;
  const run = await openRun(deps, { what, maxInFlight: Math.max(4, concurrency * 4), totalBlocks: 0 });
  for (const gap of gapsIn(run.done, range.fromBlock, range.toBlock).toReversed()) {
    const found = reader.readAddress(address, gap, { finality: 'finalized', signal, concurrency });
    for await (const chunk of chunks(found))
      await run.add({ ...transactionsBatch(reader, chunk, 'finalized'), knowledge });
  }
  return run.finish();
}

/**
 * What was found, in parts, in the order found (newest first). No block is cut in two: progress is recorded
 * by the first block of a batch, so every batch has to begin at a block of its own.
 */
async function* chunks(
  found: ReturnType<ReplayDeps['reader']['readAddress']>,
): AsyncGenerator<TransactionsFound> {
  let list: FoundTransaction[] = [];
  const take = (): TransactionsFound => {
    const taken = list;
    list = [];
    return {
      transactions: taken.map(({ transaction }) => transaction),
      source: taken.at(-1)?.source ?? '',
      owed: taken.flatMap(({ owed = [] }) => owed),
    };
  };
  for await (const one of found) {
    if (list.length >= CHUNK && list.at(-1)?.transaction.block !== one.transaction.block) yield take();
    list.push(one);
  }
  if (list.length > 0) yield take();
}
