/** Follows the batches of a replay through the queue until the database says that they are reconciled. */
import type { Pool } from 'pg';
import type { Batch } from '../events/batch.js';
import type { BlockRange } from '../events/range.js';
import type { BatchQueue } from '../queue/queue.js';
import type { Log } from '../runtime/log.js';
import { pause } from '../runtime/pause.js';
import { isFenced } from '../store/announcements.js';
import { listReplayRanges, openReplay, type ReplayRange } from '../store/replay-progress.js';

export interface FailedBatch extends BlockRange {
  readonly job: string;
  readonly reason: string;
  /** It lacks addresses that were discovered after it was read: reading its blocks again helps. */
  readonly refused?: true;
}

export interface TrackerDeps {
  readonly queue: Pick<BatchQueue, 'add' | 'state' | 'failedJob'>;
  readonly db: { readonly pool: Pool };
  readonly replay: string;
  readonly signal: AbortSignal;
  readonly log: Log;
  /** Batches under way at once. They are held in memory, so that a lost one can be enqueued again. */
  readonly maxInFlight: number;
  /** Whether dead letters of the same content are tried again. */
  readonly revive: boolean;
  /** Told the progress rows of batches that were reconciled; an empty list when a batch failed. */
  readonly onChange: (finished: readonly ReplayRange[]) => void;
}

export interface Tracker {
  /** Enqueues the batch as soon as fewer than `maxInFlight` are under way. @throws the signal's reason */
  add(batch: Batch): Promise<void>;
  /** Resolves when no batch is under way any more. @throws the signal's reason */
  drain(): Promise<void>;
  /**
   * Batches whose job failed for good, or that were refused because addresses in their blocks were discovered
   * late.
   */
  failed(): readonly FailedBatch[];
}

/** Time without news of a batch after which the queue is asked where its job is. */
const SILENCE_MS = 2000;
/** Between two looks at what the database says is reconciled. */
const POLL_MS = 100;

export function createTracker(deps: TrackerDeps): Tracker {
  const { queue, db, replay, signal, log } = deps;
  const underWay = new Map<string, { readonly batch: Batch; askAt: number }>();
  const failed: FailedBatch[] = [];

  const enqueue = async (batch: Batch, revive: boolean): Promise<void> => {
    const job = await queue.add(batch, { lane: 'backfill', revive });
    underWay.set(job, { batch, askAt: performance.now() + SILENCE_MS });
  };

  /** Removes the batches that the database says are reconciled. @returns how many */
  const settle = async (): Promise<number> => {
    const rows = await listReplayRanges(
      db,
      replay,
      [...underWay.values()].map(({ batch }) => batch.fromBlock),
    );
    const reached = new Map(rows.map((row) => [row.fromBlock, row]));
    const finished: ReplayRange[] = [];
    for (const [job, { batch }] of underWay) {
      const row = reached.get(batch.fromBlock);
      if (!row || row.toBlock < batch.toBlock) continue;
      underWay.delete(job);
      finished.push(row);
    }
    if (finished.length > 0) deps.onChange(finished);
    return finished.length;
  };

  /** Whether reconcile refuses the batch because an announcement later than its `knowledge` is fenced. */
  const isRefused = async ({ chain, knowledge, toBlock }: Batch): Promise<boolean> =>
    knowledge !== undefined && (await isFenced(db.pool, chain, knowledge, toBlock));

  /**
   * Asks the queue about jobs without news: each may have failed for good, be still under way, or be lost.
   */
  const inquire = async (): Promise<void> => {
    for (const [job, entry] of underWay) {
      if (performance.now() < entry.askAt) continue;
      const state = await queue.state(job);
      entry.askAt = performance.now() + SILENCE_MS;
      if (state === 'failed') {
        const letter = await queue.failedJob(job);
        const { fromBlock, toBlock } = entry.batch;
        underWay.delete(job);
        failed.push({ fromBlock, toBlock, job, reason: letter?.reason ?? 'unknown' });
        deps.onChange([]);
      } else if (state === 'missing') {
        // It may have been reconciled and left the queue since the database was last asked.
        await settle();
        if (!underWay.has(job)) continue;
        if (await isRefused(entry.batch)) {
          const { fromBlock, toBlock } = entry.batch;
          underWay.delete(job);
          failed.push({
            fromBlock,
            toBlock,
            job,
            refused: true,
            reason: 'addresses that stand in these blocks were discovered after they were read',
          });
          deps.onChange([]);
          continue;
        }
        log.warn({ job }, 'the queue lost a job of the replay, enqueued again');
        await openReplay(db, replay);
        await enqueue(entry.batch, false);
      }
    }
  };

  const waitForFewerThan = async (limit: number): Promise<void> => {
    while (underWay.size >= limit) {
      signal.throwIfAborted();
      if ((await settle()) > 0) continue;
      await inquire();
      if (underWay.size >= limit) await pause(POLL_MS, signal);
    }
  };

  return {
    add: async (batch) => {
      await waitForFewerThan(deps.maxInFlight);
      await enqueue(batch, deps.revive);
    },
    drain: () => waitForFewerThan(1),
    failed: () => failed,
  };
}
