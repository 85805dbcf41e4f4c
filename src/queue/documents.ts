/**
 * The queue of documents that stand off chain: one job for each document that is to be asked for. The
 * database says which documents are due and what became of them, so jobs carry an id only, and none is kept.
 */
import { z } from 'zod';
import { messageOf, NdxError } from '../runtime/errors.js';
import type { Log } from '../runtime/log.js';
import { seldom } from '../runtime/seldom.js';
import { DEADLINE, openQueue, openWorker, type QueueBackend, reach } from './backend.js';

const QUEUE = 'metadata';

const payload = z.strictObject({ document: z.string().regex(/^[0-9a-f]{32}$/) });

export interface DocumentJob {
  readonly id: string;
  /** From 1; lower is served first. */
  readonly priority: number;
}

export interface DocumentQueue {
  /** Adds jobs; a document that is queued already changes nothing. */
  add(jobs: readonly DocumentJob[]): Promise<void>;
  /** Jobs that wait, and jobs that somebody works on. */
  counts(): Promise<{ readonly waiting: number; readonly active: number; readonly completed: number }>;
  /** @throws NdxError QUEUE_UNREACHABLE (retryable) when jobs cannot be written now */
  writable(): Promise<void>;
  close(): Promise<void>;
}

export interface DocumentWorker {
  ready(): Promise<void>;
  running(): boolean;
  /** Finishes the current jobs. */
  close(): Promise<void>;
}

interface Deps {
  readonly backend: QueueBackend;
  readonly log: Log;
  /** Prefix of the keys in Redis. */
  readonly prefix?: string;
}

/** Every call but `close` rejects with NdxError QUEUE_UNREACHABLE (retryable) when the backend fails. */
export function createDocumentQueue({ backend, log, prefix }: Deps): DocumentQueue {
  const told = seldom(log);
  const opened = openQueue(
    backend,
    QUEUE,
    {
      ...(prefix === undefined ? {} : { prefix }),
      // Whatever becomes of a job, its document is due again: a job that stayed would swallow the next one.
      defaultJobOptions: { attempts: 1, removeOnComplete: true, removeOnFail: true, stackTraceLimit: 2 },
    },
    (error) => told.warn({ queue: QUEUE, error: error.message }, 'the queue cannot be used for now'),
  );
  const queue = opened.it;
  return {
    add: (jobs) =>
      reach(
        'take jobs',
        queue
          .addBulk(
            jobs.map(({ id, priority }) => ({
              name: 'document',
              data: { document: id },
              opts: { jobId: `document-${id}`, priority },
            })),
          )
          .then(() => undefined),
        DEADLINE,
      ),
    counts: () =>
      reach(
        'be counted',
        Promise.all([
          queue.getJobCounts('waiting', 'prioritized', 'active'),
          queue.getMetrics('completed', 0, 0),
        ]).then(([jobs, metrics]) => ({
          waiting: (jobs.waiting ?? 0) + (jobs.prioritized ?? 0),
          active: jobs.active ?? 0,
          completed: metrics.meta.count,
        })),
        DEADLINE,
      ),
    writable: () => reach('take jobs', opened.writable(), 3_000),
    close: () => opened.close(),
  };
}

export interface DocumentWorkerDeps extends Deps {
  /** Documents asked for at the same time. */
  readonly concurrency: number;
  /** What it rejects with is logged, and the document is due again after its lease. */
  readonly handle: (document: string) => Promise<unknown>;
}

/** Milliseconds after which the job of a process that died is given to another. */
const STALLED_AFTER = 30_000;

export function createDocumentWorker(deps: DocumentWorkerDeps): DocumentWorker {
  const { backend, log, handle, concurrency, prefix } = deps;
  const told = seldom(log);
  const opened = openWorker(
    backend,
    QUEUE,
    async (job) => {
      const read = payload.safeParse(job.data);
      if (!read.success) {
        const [issue] = read.error.issues;
        throw new NdxError(
          'JOB_INVALID',
          `job ${job.id} names no document: ${issue?.message ?? 'no object'}`,
        );
      }
      try {
        await handle(read.data.document);
      } catch (error) {
        told.warn(
          { document: read.data.document, error: messageOf(error) },
          'a document could not be attended to',
        );
        throw error;
      }
      return undefined;
    },
    {
      ...(prefix === undefined ? {} : { prefix }),
      concurrency,
      lockDuration: STALLED_AFTER,
      stalledInterval: STALLED_AFTER / 2,
      maxStalledCount: 3,
      metrics: { maxDataPoints: 60 },
    },
    (error) => told.warn({ queue: QUEUE, error: error.message }, 'no job can be taken for now'),
  );
  const worker = opened.it;
  return {
    ready: () =>
      reach(
        'be reached',
        worker.waitUntilReady().then(() => undefined),
        DEADLINE,
      ),
    running: () => worker.isRunning() && !worker.isPaused(),
    close: () => opened.close(),
  };
}
