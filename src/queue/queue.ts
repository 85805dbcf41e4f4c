/** The queue of one chain, for those who add jobs to it and watch it. */
import type { Batch } from '../events/batch.js';
import type { Chain } from '../events/event.js';
import type { Log } from '../runtime/log.js';
import { seldom } from '../runtime/seldom.js';
import { DEADLINE, openQueue, type QueueBackend, reach, type StoredJob } from './backend.js';
import { encodeBatch } from './codec.js';
import { jobId, type Lane, toLane } from './job-id.js';
import { ATTEMPTS, BACKOFF, KEEP_COMPLETED, KEEP_FAILED } from './retention.js';

export interface QueueCounts {
  /** Ready to be taken, in both lanes. */
  readonly waiting: number;
  readonly active: number;
  /** Jobs that wait for their next attempt. */
  readonly delayed: number;
  /** Dead letters: jobs that have failed for good. */
  readonly failed: number;
  /** Jobs done since the queue exists; the jobs themselves are not kept. */
  readonly completed: number;
}

export interface FailedJob {
  readonly id: string;
  readonly lane: Lane;
  readonly reason: string;
  readonly attempts: number;
  /** Milliseconds since 1970. */
  readonly failedAt: number | null;
  /** The payload as it stands in the queue; decodeBatch checks and reads it. */
  readonly payload: unknown;
}

/** `missing`: never added, done already, or lost with the queue's data. */
export type JobState = 'waiting' | 'active' | 'delayed' | 'failed' | 'missing';

export interface AddOptions {
  readonly lane: Lane;
  /** Try the job again when it is a dead letter. */
  readonly revive?: boolean;
}

export interface BatchQueue {
  readonly chain: Chain;
  /** Adds a batch; one that is queued already changes nothing. @returns the job's id */
  add(batch: Batch, options: AddOptions): Promise<string>;
  /** Adds batches in one call. @returns the ids of their jobs, in the order of `batches` */
  addMany(batches: readonly Batch[], options: { readonly lane: Lane }): Promise<string[]>;
  counts(): Promise<QueueCounts>;
  state(id: string): Promise<JobState>;
  /** At most `limit` dead letters, newest first. */
  failed(limit: number): Promise<FailedJob[]>;
  /** The dead letter with this id; null when there is none. */
  failedJob(id: string): Promise<FailedJob | null>;
  /** @returns whether a job with this id was removed */
  remove(id: string): Promise<boolean>;
  /** Resolves when the backend answers. */
  ready(): Promise<void>;
  /**
   * Resolves when jobs can be written now; none is added to find out. With PostgreSQL it only asks whether
   * the server answers, because its table (`JOB_TABLE`) is checked with the other tables of the database.
   * @throws NdxError QUEUE_UNREACHABLE (retryable) with the reason when they cannot
   */
  writable(): Promise<void>;
  close(): Promise<void>;
}

export interface QueueDeps {
  readonly backend: QueueBackend;
  readonly chain: Chain;
  readonly log: Log;
  /** Prefix of the keys in Redis. */
  readonly prefix?: string;
  /** Milliseconds that any call may take; default 15,000. */
  readonly deadline?: number;
}

/** BullMQ serves jobs without a priority, the live ones, before those with one. */
const BACKFILL_PRIORITY = 10;

/** Milliseconds that `writable` may take: somebody waits for the answer whether the process is ready. */
const WRITABLE_MS = 3_000;

/**
 * Opens the queue of a chain. Every call but `close` rejects with NdxError QUEUE_UNREACHABLE (retryable) when
 * the backend fails or does not answer in time.
 */
export function createQueue(deps: QueueDeps): BatchQueue {
  const { backend, chain, log } = deps;
  const told = seldom(log);
  const opened = openQueue(
    backend,
    chain,
    {
      ...(deps.prefix === undefined ? {} : { prefix: deps.prefix }),
      defaultJobOptions: {
        attempts: ATTEMPTS,
        backoff: BACKOFF,
        removeOnComplete: KEEP_COMPLETED,
        removeOnFail: KEEP_FAILED,
        stackTraceLimit: 2,
      },
    },
    (error) => told.warn({ chain, error: error.message }, 'the queue cannot be used for now'),
  );
  const queue = opened.it;
  const call = <T>(what: string, work: Promise<T>): Promise<T> =>
    reach(what, work, deps.deadline ?? DEADLINE);
  const jobOf = (batch: Batch, lane: Lane) => {
    const data = encodeBatch(batch);
    return {
      name: lane,
      data,
      opts: {
        jobId: jobId(batch, data, lane),
        ...(lane === 'backfill' ? { priority: BACKFILL_PRIORITY } : {}),
      },
    };
  };

  const revive = async (id: string): Promise<void> => {
    const job = await queue.getJob(id);
    if (job && (await job.isFailed())) await job.retry('failed');
  };

  return {
    chain,
    add: (batch, { lane, revive: again }) =>
      call(
        'take a job',
        (async () => {
          const { name, data, opts } = jobOf(batch, lane);
          await queue.add(name, data, opts);
          if (again) await revive(opts.jobId);
          return opts.jobId;
        })(),
      ),
    addMany: (batches, { lane }) =>
      call(
        'take jobs',
        (async () => {
          const jobs = batches.map((batch) => jobOf(batch, lane));
          await queue.addBulk(jobs);
          return jobs.map((job) => job.opts.jobId);
        })(),
      ),
    counts: () =>
      call(
        'be counted',
        (async () => {
          const [jobs, metrics] = await Promise.all([
            queue.getJobCounts('waiting', 'prioritized', 'active', 'delayed', 'failed'),
            queue.getMetrics('completed', 0, 0),
          ]);
          return {
            waiting: (jobs.waiting ?? 0) + (jobs.prioritized ?? 0),
            active: jobs.active ?? 0,
            delayed: jobs.delayed ?? 0,
            failed: jobs.failed ?? 0,
            completed: metrics.meta.count,
          };
        })(),
      ),
    state: (id) => call('say where a job is', queue.getJobState(id).then(toState)),
    failed: (limit) =>
      call(
        'list its dead letters',
        queue.getJobs(['failed'], 0, limit - 1).then((jobs) => jobs.map(toFailedJob)),
      ),
    failedJob: (id) =>
      call(
        'show a dead letter',
        queue.getJob(id).then(async (job) => (job && (await job.isFailed()) ? toFailedJob(job) : null)),
      ),
    remove: (id) =>
      call(
        'remove a job',
        queue.remove(id).then((removed) => removed > 0),
      ),
    ready: () =>
      call(
        'be reached',
        queue.waitUntilReady().then(() => undefined),
      ),
    writable: () => reach('take jobs', opened.writable(), Math.min(deps.deadline ?? DEADLINE, WRITABLE_MS)),
    close: () => opened.close(),
  };
}

function toFailedJob(job: StoredJob): FailedJob {
  return {
    id: job.id ?? '',
    lane: toLane(job.name),
    reason: job.failedReason ?? 'unknown',
    attempts: job.attemptsMade,
    failedAt: job.finishedOn ?? null,
    payload: job.data,
  };
}

function toState(state: string): JobState {
  switch (state) {
    case 'waiting':
    case 'prioritized':
      return 'waiting';
    case 'active':
    case 'delayed':
    case 'failed':
      return state;
    default:
      return 'missing';
  }
}
