/**
 * Reads again only the transactions that name one address, for programs so sparse that reading every block
 * would be waste. It proves nothing about transactions that it did not see, so no block becomes covered by
 * it.
 */

import { openDiscoveries } from '../discovery/discoveries.js';
import type { Batch } from '../events/batch.js';
import type { DecodedTransaction } from '../events/event.js';
import { type BlockRange, gapsIn } from '../events/range.js';
import { transactionsBatch } from '../readers/batches.js';
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
    for await (const batch of chunks(found, (list, source) =>
      transactionsBatch(reader, list, source, 'finalized'),
    )) {
      await run.add({ ...batch, knowledge });
    }
  }
  return run.finish();
}

/**
 * Batches in the order found (newest first). No block is cut in two: progress is recorded by the first block
 * of a batch, so every batch has to begin at a block of its own.
 */
async function* chunks(
  found: ReturnType<ReplayDeps['reader']['readAddress']>,
  batchOf: (transactions: readonly DecodedTransaction[], source: string) => Batch,
): AsyncGenerator<Batch> {
  let list: DecodedTransaction[] = [];
  let from = '';
  for await (const { transaction, source } of found) {
    if (list.length >= CHUNK && list.at(-1)?.block !== transaction.block) {
      yield batchOf(list, from);
      list = [];
    }
    list.push(transaction);
    from = source;
  }
  if (list.length > 0) yield batchOf(list, from);
}
