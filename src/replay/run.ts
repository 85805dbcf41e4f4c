/**
 * What every kind of replay consists of: a name under which it continues, a tracker that follows its batches,
 * and the summary from the progress rows that they left.
 */
import { createHash } from 'node:crypto';
import type { Pool } from 'pg';
import type { Batch, ReconcileResult } from '../events/batch.js';
import { blockCount } from '../events/range.js';
import type { BatchQueue } from '../queue/queue.js';
import type { ChainReader } from '../readers/reader.js';
import { NdxError } from '../runtime/errors.js';
import type { Log } from '../runtime/log.js';
import { closeReplay, listReplayRanges, openReplay, type ReplayRange } from '../store/replay-progress.js';
import { createTracker, type FailedBatch } from '../tracking/tracker.js';

export interface ReplayProgress {
  /** Blocks done, those of an interrupted earlier run included. */
  readonly blocks: number;
  readonly totalBlocks: number;
  readonly events: number;
  readonly failedJobs: number;
}

/** What the batches did to the ledger, summed. `created` counts events that were not in the ledger before. */
export interface ReplaySummary extends Omit<ReconcileResult, 'refused' | 'rows'> {
  readonly blocks: number;
  /** Batches that became dead letters or were refused; the replay is complete when there are none. */
  readonly failedJobs: readonly FailedBatch[];
  /** True when an earlier run of the same replay was continued. */
  readonly resumed: boolean;
}

export interface ReplayDeps extends RunDeps {
  readonly reader: ChainReader;
}

/** What a replay of any kind needs. */
export interface RunDeps {
  readonly reader: Pick<ChainReader, 'chain' | 'fingerprint'>;
  readonly queue: Pick<BatchQueue, 'add' | 'state' | 'failedJob' | 'counts'>;
  readonly db: { readonly pool: Pool };
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: ReplayProgress) => void;
}

export interface ReplayRunOptions {
  /** Describes what is replayed. The same text continues the same replay. */
  readonly what: string;
  readonly maxInFlight: number;
  /** How many block numbers will be read; 0 when that is not known beforehand. */
  readonly totalBlocks: number;
  /** Try dead letters of the same content again. Absent: only if the queue holds failed jobs at all. */
  readonly revive?: true;
}

export interface ReplayRun {
  /** Ranges that an interrupted earlier run has done. */
  readonly done: readonly ReplayRange[];
  /** Id of the replay: a hash of chain, `what` and fingerprint. */
  readonly replay: string;
  /** Enqueues the batch as one of this replay; waits while too many are under way. */
  add(batch: Batch): Promise<void>;
  /**
   * Waits for all batches. When none failed the replay's progress rows are deleted; otherwise they stay, and
   * the next run tries only what failed.
   */
  finish(): Promise<ReplaySummary>;
}

/** Opens a replay, or continues the one of the same chain, `what` and fingerprint that was interrupted. */
export async function openRun(
  deps: RunDeps,
  { what, maxInFlight, totalBlocks, revive }: ReplayRunOptions,
): Promise<ReplayRun> {
  const { reader, queue, db, signal, log } = deps;
  const replay = createHash('sha256')
    .update([reader.chain, what, reader.fingerprint].join('\n'))
    .digest('hex')
    .slice(0, 32);
  const resumed = await openReplay(db, replay);
  const done = await listReplayRanges(db, replay);
  if (resumed)
    log.info({ chain: reader.chain, doneBlocks: blockCount(done) }, 'continuing an interrupted replay');
  const progress = { blocks: blockCount(done), events: sum(done, 'events') };
  const tracker = createTracker({
    queue,
    db,
    replay,
    signal,
    log,
    maxInFlight,
    // A job that is a dead letter of an earlier run would not run again.
    revive: revive ?? (await queue.counts()).failed > 0,
    onChange: (finished) => {
      progress.blocks += blockCount(finished);
      progress.events += sum(finished, 'events');
      deps.onProgress?.({ ...progress, totalBlocks, failedJobs: tracker.failed().length });
    },
  });
  return {
    done,
    replay,
    add: (batch) => tracker.add({ ...batch, replay }),
    finish: async () => {
      await tracker.drain();
      const rows = await listReplayRanges(db, replay);
      if (tracker.failed().length === 0) await closeReplay(db, replay);
      return summaryOf(rows, tracker.failed(), resumed);
    },
  };
}

function summaryOf(
  rows: readonly ReplayRange[],
  failedJobs: readonly FailedBatch[],
  resumed: boolean,
): ReplaySummary {
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

/** @returns the error REPLAY_INCOMPLETE to end with; null when the replay is complete */
export function incomplete(summary: ReplaySummary): NdxError | null {
  const [first] = summary.failedJobs;
  if (!first) return null;
  return new NdxError(
    'REPLAY_INCOMPLETE',
    `${summary.failedJobs.length} batches could not be reconciled, the first (blocks ${first.fromBlock} to ${first.toBlock}): ${first.reason}. Start the same replay again to retry them.`,
  );
}

function sum(
  rows: readonly ReplayRange[],
  column: 'events' | 'created' | 'changed' | 'withdrawn' | 'failed',
): number {
  return rows.reduce((total, row) => total + row[column], 0);
}
