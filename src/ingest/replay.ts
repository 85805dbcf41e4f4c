/**
 * Reads a range again and has it reconciled again, whatever is covered: `ndx replay`. What is done is recorded in the
 * database with the events (store/replay-progress.ts), so an interrupted replay continues and a lost job is noticed.
 */
import { createHash } from 'node:crypto';
import type { Pool } from 'pg';
import type { Batch, ReconcileResult } from '../events/batch.js';
import type { Log } from '../queue/log.js';
import type { BatchQueue } from '../queue/queue.js';
import { NdxError } from '../runtime/errors.js';
import { type BlockRange, blockCount, gapsIn, listCoverage } from '../store/coverage.js';
import { listDiscovered } from '../store/discovered.js';
import { locateTransactions } from '../store/locate.js';
import { closeReplay, listReplayRanges, openReplay, type ReplayRange } from '../store/replay-progress.js';
import { BACKFILL_LIMITS, transactionsBatch } from './batches.js';
import { withDiscoveries } from './discovery.js';
import type { DryRunSummary } from './dry-run.js';
import type { ChainReader, DecodedSpan, FoundTransaction } from './reader.js';
import { assertReadable, readBatches } from './replay-read.js';
import { createTracker, type FailedBatch } from './replay-tracker.js';

export interface ReplayProgress {
  /** Blocks done, those of an interrupted earlier run included. */
  readonly blocks: number;
  readonly totalBlocks: number;
  readonly events: number;
  readonly failedJobs: number;
}

export interface ReplaySummary {
  readonly blocks: number;
  readonly events: number;
  /** Events that were not in the ledger. */
  readonly created: number;
  readonly unchanged: number;
  readonly changed: number;
  readonly withdrawn: number;
  /** Events with outcome `failed` among `events`. */
  readonly failed: number;
  /** Batches that became dead letters; the replay is complete when there are none. */
  readonly failedJobs: readonly FailedBatch[];
  /** True when an earlier run of the same replay was continued. */
  readonly resumed: boolean;
}

export interface ReplayDeps {
  readonly reader: ChainReader;
  readonly queue: Pick<BatchQueue, 'add' | 'state' | 'failedJob' | 'counts'>;
  readonly db: { readonly pool: Pool };
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: ReplayProgress) => void;
  /** Milliseconds between two looks at what is done. */
  readonly poll?: number;
}

export interface ReplayOptions {
  readonly range: BlockRange;
  /** Blocks fetched at once, and jobs that may be under way. */
  readonly concurrency: number;
}

/**
 * Ends when every block of the range is reconciled or its job has failed for good. Workers have to run somewhere.
 * @throws NdxError INPUT_INVALID, BLOCK_UNAVAILABLE or what the endpoints said; the signal's reason. Started again it continues.
 */
export async function replayRange({ range, concurrency, ...deps }: ReplayDeps & ReplayOptions): Promise<ReplaySummary> {
  const { reader, queue, db, signal, log } = deps;
  await assertReadable(reader, range, signal);
  const followed = reader.discovers ? await listDiscovered(db, reader.chain) : new Map<string, number>();
  reader.follow(followed.keys());
  const replay = replayId(reader, `${range.fromBlock}-${range.toBlock}`);
  const resumed = await openReplay(db, replay);
  const done = await listReplayRanges(db, replay);
  if (resumed) log.info({ chain: reader.chain, doneBlocks: blockCount(done) }, 'continuing an interrupted replay');

  const progress = { blocks: blockCount(done), events: sum(done, 'events') };
  const tracker = createTracker({
    queue,
    db,
    replay,
    signal,
    log,
    maxInFlight: Math.max(4, concurrency),
    // Dead letters of an earlier run would swallow the same jobs.
    revive: (await queue.counts()).failed > 0,
    onChange: (finished) => {
      progress.blocks += blockCount(finished);
      progress.events += sum(finished, 'events');
      deps.onProgress?.({ ...progress, totalBlocks: blockCount([range]), failedJobs: tracker.failed().length });
    },
    ...(deps.poll === undefined ? {} : { poll: deps.poll }),
  });
  for (const gap of gapsIn(done, range.fromBlock, range.toBlock)) {
    // What is covered after the range was read without the NFTs that are found in it.
    const readBefore = async () => {
      const coverage = await listCoverage(db, reader.chain, reader.fingerprint);
      const [after, end] = [range.toBlock + 1, coverage.at(-1)?.toBlock ?? 0];
      return gapsIn(gapsIn(coverage, after, end), after, end);
    };
    const through = (spans: AsyncIterable<DecodedSpan>) => withDiscoveries({ reader, queue, db, log, followed, readBefore }, spans, signal);
    const batches = readBatches(
      reader,
      gap,
      { finality: 'finalized', replay },
      { concurrency, signal, limits: BACKFILL_LIMITS, log, through },
    );
    for await (const batch of batches) await tracker.add(batch);
  }
  await tracker.drain();
  return finish(db, replay, tracker.failed(), resumed);
}

/**
 * Reads one transaction again, wherever it stands.
 * @throws NdxError TRANSACTION_NOT_FOUND
 */
export async function replayTransaction({ hash, ...deps }: ReplayDeps & { readonly hash: string }): Promise<ReplaySummary> {
  const { reader, queue, db, signal, log } = deps;
  if (reader.discovers) reader.follow((await listDiscovered(db, reader.chain)).keys());
  const batch = await readTransactionBatch(reader, db, hash, signal);
  const replay = replayId(reader, hash);
  const resumed = await openReplay(db, replay);
  const tracker = createTracker({
    queue,
    db,
    replay,
    signal,
    log,
    maxInFlight: 1,
    revive: true,
    onChange: () => undefined,
    ...(deps.poll === undefined ? {} : { poll: deps.poll }),
  });
  await tracker.add({ ...batch, replay });
  await tracker.drain();
  return finish(db, replay, tracker.failed(), resumed);
}

/** What replaying the transaction would change; nothing is enqueued and nothing written. @throws NdxError TRANSACTION_NOT_FOUND */
export async function dryRunTransaction(options: {
  readonly reader: ChainReader;
  readonly db: ReplayDeps['db'];
  readonly hash: string;
  readonly plan: (batch: Batch) => Promise<ReconcileResult>;
  readonly signal: AbortSignal;
}): Promise<DryRunSummary> {
  const batch = await readTransactionBatch(options.reader, options.db, options.hash, options.signal);
  return { blocks: 1, ...(await options.plan(batch)) };
}

async function readTransactionBatch(reader: ChainReader, db: ReplayDeps['db'], hash: string, signal: AbortSignal): Promise<Batch> {
  // The tables know other hashes of a transaction, and where it stands, which not every endpoint can be asked for.
  const places = reader.chain === 'ton' ? await locateTransactions(db, reader.chain, hash) : [];
  const read: (FoundTransaction | null)[] = [];
  for (const place of places) read.push(await reader.readTransaction(place.hash, signal, place.block));
  if (places.length === 0) read.push(await reader.readTransaction(hash, signal));
  const found = read.filter((one) => one !== null);
  const transactions = found.flatMap(({ transaction, others = [] }) => [transaction, ...others]);
  const newest = Math.max(...transactions.map(({ block }) => block));
  if (!found[0]) throw new NdxError('TRANSACTION_NOT_FOUND', `the ${reader.chain} endpoints know no transaction ${hash}`);
  const { finalized } = await reader.tip(signal);
  return transactionsBatch(reader, transactions, found[0].source, newest <= finalized ? 'finalized' : 'confirmed');
}

/** null when the replay is complete. */
export function incomplete(summary: ReplaySummary): NdxError | null {
  const [first] = summary.failedJobs;
  if (!first) return null;
  return new NdxError(
    'REPLAY_INCOMPLETE',
    `${summary.failedJobs.length} batches could not be reconciled, the first (blocks ${first.fromBlock} to ${first.toBlock}): ${first.reason}. Start the same replay again to retry them.`,
  );
}

/** What the replay did, from its own rows; they go when nothing failed. */
export async function finish(
  db: { readonly pool: Pool },
  replay: string,
  failedJobs: readonly FailedBatch[],
  resumed: boolean,
): Promise<ReplaySummary> {
  const rows = await listReplayRanges(db, replay);
  // Kept when something failed: the next run then tries only that.
  if (failedJobs.length === 0) await closeReplay(db, replay);
  const events = sum(rows, 'events');
  const created = sum(rows, 'created');
  const changed = sum(rows, 'changed');
  return {
    blocks: blockCount(rows),
    events,
    created,
    changed,
    unchanged: events - created - changed,
    withdrawn: sum(rows, 'withdrawn'),
    failed: sum(rows, 'failed'),
    failedJobs,
    resumed,
  };
}

/** Names a replay of the same thing under the same reading, so that it can be continued. */
export function replayId(reader: ChainReader, what: string): string {
  return createHash('sha256').update([reader.chain, what, reader.fingerprint].join('\n')).digest('hex').slice(0, 32);
}

function sum(rows: readonly ReplayRange[], column: 'events' | 'created' | 'changed' | 'withdrawn' | 'failed'): number {
  return rows.reduce((total, row) => total + row[column], 0);
}
