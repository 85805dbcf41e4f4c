/**
 * Reads a range again and has it reconciled again, whatever is covered: `ndx replay`. Progress is recorded in
 * the same database transaction as the events (store/replay-progress.ts), so an interrupted replay continues
 * and a lost job is noticed.
 */

import { type Discoveries, openDiscoveries } from '../discovery/discoveries.js';
import { holdBackLate } from '../discovery/hold-back.js';
import { stamped } from '../discovery/stamp.js';
import type { Batch, ReconcileResult } from '../events/batch.js';
import { type BlockRange, blockCount, gapsIn } from '../events/range.js';
import { transactionsBatch } from '../readers/batches.js';
import type { ChainReader, DecodedSpan, FoundTransaction } from '../readers/reader.js';
import { NdxError } from '../runtime/errors.js';
import { coveredFrom } from '../store/coverage/coverage.js';
import type { DryRunSummary } from './dry-run.js';
import { readBatches } from './read.js';
import { assertReadable } from './readable.js';
import { openRun, type ReplayDeps, type ReplaySummary } from './run.js';

export interface ReplayOptions {
  readonly range: BlockRange;
  /** Blocks fetched at once, and jobs that may be under way (four at least). */
  readonly concurrency: number;
}

/**
 * How often blocks are read again because addresses that stand in them were discovered while they were under
 * way. Each time it is by others, or in blocks after them, that more are discovered.
 */
const ROUNDS = 5;

/**
 * Resolves when every block of the range is reconciled or its job has failed for good; failed jobs are in the
 * summary. Workers have to run in some process. Started again after an interruption, it continues.
 * @throws NdxError INPUT_INVALID or BLOCK_UNAVAILABLE as assertReadable; what the endpoints said; the
 * signal's reason
 */
export async function replayRange(options: ReplayDeps & ReplayOptions): Promise<ReplaySummary> {
  const { reader, db, range, signal } = options;
  await assertReadable(reader, range, signal);
  const discoveries = await openDiscoveries(reader, db);
  const first = await goThrough(options, discoveries);
  let summary = first;
  for (let round = 1; round < ROUNDS && summary.failedJobs.some(({ refused }) => refused); round++)
    summary = await goThrough(options, discoveries);
  return { ...summary, resumed: first.resumed };
}

/** Reads and reconciles what is not done yet. */
async function goThrough(
  { range, concurrency, ...deps }: ReplayDeps & ReplayOptions,
  discoveries: Discoveries,
): Promise<ReplaySummary> {
  const { reader, queue, db, signal, log } = deps;
  await discoveries.followAnnounced();
  const run = await openRun(deps, {
    what: `${range.fromBlock}-${range.toBlock}`,
    maxInFlight: Math.max(4, concurrency),
    totalBlocks: blockCount([range]),
  });
  for (const gap of gapsIn(run.done, range.fromBlock, range.toBlock)) {
    const coveredAfter = (block: number) => coveredFrom(db, reader.chain, reader.fingerprint, block + 1);
    const through = (spans: AsyncIterable<DecodedSpan>) =>
      holdBackLate(
        { reader, queue, db, log, discoveries, coveredAfter },
        stamped(spans, discoveries),
        signal,
      );
    const batches = readBatches(
      reader,
      gap,
      { finality: 'finalized', replay: run.replay },
      { concurrency, signal, limits: reader.backfill, log, through },
    );
    for await (const batch of batches) await run.add(batch);
  }
  return run.finish();
}

/**
 * Where the transactions stand that a hash names in the tables of the reader's chain; none when they know no
 * such hash.
 */
export type Locate = (hash: string) => Promise<readonly { readonly hash: string; readonly block: number }[]>;

/**
 * Reads one transaction again, in whichever block it stands, and resolves when it is reconciled.
 * @param deps.hash its hash, or another name of it that the tables know
 * @throws NdxError TRANSACTION_NOT_FOUND when the endpoints do not know it; what they said
 */
export async function replayTransaction({
  hash,
  locate,
  ...deps
}: ReplayDeps & { readonly hash: string; readonly locate: Locate }): Promise<ReplaySummary> {
  const knowledge = (await openDiscoveries(deps.reader, deps.db)).knowledge();
  // Read before the replay is opened, so that an unknown hash leaves no row behind.
  const batch = await readTransactionBatch(deps.reader, locate, hash, deps.signal);
  const run = await openRun(deps, { what: hash, maxInFlight: 1, totalBlocks: 1, revive: true });
  await run.add({ ...batch, knowledge });
  return run.finish();
}

/**
 * What replaying the transaction would change. Nothing is enqueued and nothing written.
 * @throws NdxError TRANSACTION_NOT_FOUND when the endpoints do not know it; what they said
 */
export async function dryRunTransaction(options: {
  readonly reader: ChainReader;
  readonly locate: Locate;
  readonly hash: string;
  readonly plan: (batch: Batch) => Promise<ReconcileResult>;
  readonly signal: AbortSignal;
}): Promise<DryRunSummary> {
  const batch = await readTransactionBatch(options.reader, options.locate, options.hash, options.signal);
  return { blocks: 1, ...(await options.plan(batch)) };
}

async function readTransactionBatch(
  reader: ChainReader,
  locate: Locate,
  hash: string,
  signal: AbortSignal,
): Promise<Batch> {
  // The tables know other hashes of the transaction, and its block, without which some endpoints cannot find
  // it.
  const places = await locate(hash);
  const read: (FoundTransaction | null)[] = [];
  for (const place of places) read.push(await reader.readTransaction(place.hash, signal, place.block));
  if (places.length === 0) read.push(await reader.readTransaction(hash, signal));
  const found = read.filter((one) => one !== null);
  const transactions = found.flatMap(({ transaction, others = [] }) => [transaction, ...others]);
  const newest = Math.max(...transactions.map(({ block }) => block));
  if (!found[0])
    throw new NdxError('TRANSACTION_NOT_FOUND', `the ${reader.chain} endpoints know no transaction ${hash}`);
  const { finalized } = await reader.tip(signal);
  const owed = found.flatMap((one) => one.owed ?? []);
  const { source } = found[0];
  const finality = newest <= finalized ? 'finalized' : 'confirmed';
  return transactionsBatch(reader, { transactions, source, owed }, finality);
}
