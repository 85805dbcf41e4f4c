/** Takes batches from the queue of one chain and hands them to reconcile. */
import { UnrecoverableError } from 'bullmq';
import type { Batch, ReconcileResult } from '../events/batch.js';
import type { Chain } from '../events/event.js';
import { messageOf, NdxError } from '../runtime/errors.js';
import type { Log } from '../runtime/log.js';
import { seldom } from '../runtime/seldom.js';
import { DEADLINE, openWorker, type QueueBackend, reach } from './backend.js';
import { decodeBatch } from './codec.js';
import { type Lane, toLane } from './job-id.js';
import type { FailedJob } from './queue.js';
import { METRIC_POINTS, retryDelay } from './retention.js';

export interface JobOutcome {
  readonly lane: Lane;
  readonly seconds: number;
  /** Absent when the job failed. */
  readonly result?: ReconcileResult;
}

export interface WorkerDeps {
  readonly backend: QueueBackend;
  readonly chain: Chain;
  /** Jobs done at the same time. */
  readonly concurrency: number;
  /**
   * Reconciles the batch of a job. A rejection is tried again, but one with an NdxError that is not retryable
   * makes the job a dead letter at once.
   */
  readonly handle: (batch: Batch, jobId: string, lane: Lane) => Promise<ReconcileResult>;
  readonly log: Log;
  readonly metrics?: { onJob(outcome: JobOutcome): void };
  /**
   * Called when a job is about to become a dead letter. What it rejects with is only logged, because the
   * queue keeps the job, too.
   */
  readonly onDeadLetter?: (letter: FailedJob) => Promise<unknown>;
  readonly prefix?: string;
  /** Milliseconds after which the job of a process that died is given to another; default 15,000. */
  readonly stalledAfter?: number;
}

export interface BatchWorker {
  /** @throws NdxError QUEUE_UNREACHABLE (retryable) when the backend does not answer within 15 seconds */
  ready(): Promise<void>;
  /** Takes no new jobs; resolves when the current ones are done. */
  pause(): Promise<void>;
  resume(): void;
  /** Finishes the current jobs, then closes the connections. */
  close(): Promise<void>;
  running(): boolean;
}

/**
 * A job whose process died more often than this becomes a dead letter: it would take down every worker in
 * turn.
 */
const MAX_STALLED = 10;

/** How BullMQ words the loss of a job's lock: when it renews it, and when the job is done. */
const LOCK_LOST = /^could not renew lock|^(Missing lock|Lock mismatch) for job/;
const LOST =
  'this process lost the lock of a job that it works on: it stood still, or did not reach the queue, for longer than ' +
  'the lock lasts. Another worker does the job; what both write is the same';

export function createWorker(deps: WorkerDeps): BatchWorker {
  const { backend, chain, handle, log, metrics } = deps;
  const lock = deps.stalledAfter ?? 15_000;
  const told = seldom(log);
  const opened = openWorker(
    backend,
    chain,
    async (job) => {
      const started = performance.now();
      const seconds = () => (performance.now() - started) / 1000;
      try {
        const result = await handle(decodeBatch(job.data), job.id ?? 'unknown', toLane(job.name));
        metrics?.onJob({ lane: toLane(job.name), seconds: seconds(), result });
        return undefined;
      } catch (error) {
        metrics?.onJob({ lane: toLane(job.name), seconds: seconds() });
        const final = error instanceof NdxError && !error.retryable;
        // A job that fails for good is logged each time. One that is tried again is logged seldom, because
        // while the database is away this may be every job.
        (final ? log : told)[final ? 'error' : 'warn'](
          { chain, job: job.id, error: messageOf(error), final },
          'job failed',
        );
        const attempts = job.attemptsMade + 1;
        if (deps.onDeadLetter && (final || attempts >= (job.opts.attempts ?? 1))) {
          const letter = {
            id: job.id ?? 'unknown',
            lane: toLane(job.name),
            reason: reasonOf(error),
            attempts,
            failedAt: Date.now(),
            payload: job.data,
          };
          await deps.onDeadLetter(letter).catch((lost: unknown) => {
            log.warn(
              { chain, job: job.id, error: messageOf(lost) },
              'dead letter stands in the queue only, for now',
            );
          });
        }
        if (final) throw new UnrecoverableError(reasonOf(error));
        throw error;
      }
    },
    {
      ...(deps.prefix === undefined ? {} : { prefix: deps.prefix }),
      concurrency: deps.concurrency,
      lockDuration: lock,
      stalledInterval: Math.max(500, Math.round(lock / 2)),
      maxStalledCount: MAX_STALLED,
      metrics: { maxDataPoints: METRIC_POINTS },
      settings: { backoffStrategy: retryDelay },
    },
    (error) =>
      told.warn(
        { chain, error: error.message },
        LOCK_LOST.test(error.message) ? LOST : 'no job can be taken for now',
      ),
  );
  const worker = opened.it;
  worker.on('stalled', (id) =>
    log.warn(
      { chain, job: id },
      `the lock of a job was not renewed for ${lock / 1000} s: another worker does it (the first one has died, stands ` +
        'still, or cannot reach the queue)',
    ),
  );

  return {
    ready: () =>
      reach(
        'be reached',
        worker.waitUntilReady().then(() => undefined),
        DEADLINE,
      ),
    pause: () => worker.pause(),
    resume: () => worker.resume(),
    close: () => opened.close(),
    running: () => worker.isRunning() && !worker.isPaused(),
  };
}

function reasonOf(error: unknown): string {
  return error instanceof NdxError ? `${error.code}: ${error.message}` : messageOf(error);
}
