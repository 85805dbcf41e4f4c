/**
 * Reads again only the transactions that name one address: for programs so sparse that reading every block would be
 * waste. It proves nothing about what it did not see, so no block becomes covered by it.
 */
import type { Batch } from '../events/batch.js';
import type { DecodedTransaction } from '../events/event.js';
import { type BlockRange, gapsIn } from '../store/coverage.js';
import { listReplayRanges, openReplay } from '../store/replay-progress.js';
import { transactionsBatch } from './batches.js';
import { finish, type ReplayDeps, type ReplaySummary, replayId } from './replay.js';
import { assertReadable } from './replay-read.js';
import { createTracker } from './replay-tracker.js';

export interface ReplayAddressOptions {
  /** Base58 (Solana). */
  readonly address: string;
  readonly range: BlockRange;
  /** Transactions fetched at once. */
  readonly concurrency: number;
}

/** A batch is handed on when it holds this many transactions and the next one is of another block. */
const CHUNK = 200;

/** @throws NdxError as replayRange; started again it continues. */
export async function replayAddress({ address, range, concurrency, ...deps }: ReplayDeps & ReplayAddressOptions): Promise<ReplaySummary> {
  const { reader, queue, db, signal, log } = deps;
  await assertReadable(reader, range, signal);
  const replay = replayId(reader, `${address} ${range.fromBlock}-${range.toBlock}`);
  const resumed = await openReplay(db, replay);
  const done = await listReplayRanges(db, replay);
  let transactions = 0;
  const tracker = createTracker({
    queue,
    db,
    replay,
    signal,
    log,
    maxInFlight: Math.max(4, concurrency * 4),
    revive: (await queue.counts()).failed > 0,
    onChange: (finished) => {
      transactions += finished.reduce((sum, row) => sum + row.events, 0);
      deps.onProgress?.({ blocks: 0, totalBlocks: 0, events: transactions, failedJobs: tracker.failed().length });
    },
    ...(deps.poll === undefined ? {} : { poll: deps.poll }),
  });
  for (const gap of gapsIn(done, range.fromBlock, range.toBlock).toReversed()) {
    const found = reader.readAddress(address, gap, { finality: 'finalized', signal, concurrency });
    for await (const batch of chunks(found, (list, source) => transactionsBatch(reader, list, source, 'finalized'))) {
      await tracker.add({ ...batch, replay });
    }
  }
  await tracker.drain();
  return finish(db, replay, tracker.failed(), resumed);
}

/** Newest first, as they come; never cuts a block in two, so that every batch begins at a block of its own. */
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
