/** The queue of one chain, from the side of those who fill and watch it. */
import type { Batch } from '../events/batch.js';
import type { Chain } from '../events/event.js';
import type { Log } from '../runtime/log.js';
import { seldom } from '../runtime/seldom.js';
import { DEADLINE, openQueue, type QueueBackend, reach, type StoredJob } from './backend.js';
import { encodeBatch } from './codec.js';
import { jobId, type Lane, toLane } from './job-id.js';
import { ATTEMPTS, BACKOFF, KEEP_COMPLETED, KEEP_FAILED } from './retention.js';

export interface QueueCounts {
  /** Ready to be taken, both lanes. */
  readonly waiting: number;
  readonly active: number;
  /** Waiting for their next attempt. */
  readonly delayed: number;
  /** Dead letters. */
  readonly failed: number;
  /** Since the queue exists; completed jobs themselves are not kept. */
  readonly completed: number;
}

export interface FailedJob {
  readonly id: string;
  readonly lane: Lane;
  readonly reason: string;
  readonly attempts: number;
  /** Milliseconds since 1970. */
  readonly failedAt: number | null;
  /** The payload as it stands in the queue; decodeBatch reads it. */
  readonly payload: unknown;
}

/** `missing`: never added, done, or lost with the queue's data. */
export type JobState = 'waiting' | 'active' | 'delayed' | 'failed' | 'missing';

export interface AddOptions {
  readonly lane: Lane;
  /** When the same job is a dead letter, try it again. */
  readonly revive?: boolean;
}

export interface BatchQueue {
  readonly chain: Chain;
  /** Returns the job's id. Adding a batch that is already queued changes nothing. */
  add(batch: Batch, options: AddOptions): Promise<string>;
  addMany(batches: readonly Batch[], options: { readonly lane: Lane }): Promise<string[]>;
  counts(): Promise<QueueCounts>;
  state(id: string): Promise<JobState>;
  /** Newest first. */
  failed(limit: number): Promise<FailedJob[]>;
  /** The dead letter of that id; null when there is none. */
  failedJob(id: string): Promise<FailedJob | null>;
  remove(id: string): Promise<boolean>;
  ready(): Promise<void>;
  /**
   * Whether jobs can be written now, asked without adding one. Of PostgreSQL only whether it answers: its
   * tables are those of the database (`JOB_TABLE`).
   * @throws NdxError QUEUE_UNREACHABLE with the reason
   */
  writable(): Promise<void>;
  close(): Promise<void>;
}

export interface QueueDeps {
  readonly backend: QueueBackend;
  readonly chain: Chain;
  readonly log: Log;
  /** Namespace of the keys in Redis. */
  readonly prefix?: string;
  /** Milliseconds that any call may take. */
  readonly deadline?: number;
}

/** Jobs without priority are served before those with one. */
const BACKFILL_PRIORITY = 10;

/** Somebody who asks whether the process is ready waits for it. */
const WRITABLE_MS = 3_000;

/** Every call rejects with NdxError QUEUE_UNREACHABLE (retryable) when the backend does not answer. */
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
