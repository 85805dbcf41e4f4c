/** The usual worker's queue: BullMQ on Redis, or on PostgreSQL where there is no Redis. */
import { createPostgresBackend, type JobsOptions, Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';

export interface UsualEvent {
  readonly signature: string;
  readonly slot: number;
  /** Unix seconds. */
  readonly time: number;
  readonly type: string;
  readonly mint: string;
  readonly from: string | null;
  readonly to: string | null;
  /** Base units, decimal. */
  readonly amount: string;
  readonly nft: boolean;
}

const NAME = 'usual-events';
const postgres = (url: string) => ({ connectionString: url, schema: 'bullmq', migrate: true });

/** What is used of BullMQ's classes, the same on both backends. */
interface UsualQueue {
  add(name: string, data: UsualEvent, options: JobsOptions): Promise<unknown>;
  addBulk(jobs: { name: string; data: UsualEvent; opts: JobsOptions }[]): Promise<unknown>;
  waitUntilReady(): Promise<unknown>;
  close(): Promise<void>;
}

interface UsualWorker {
  on(event: 'error', listener: (error: Error) => void): unknown;
  waitUntilReady(): Promise<unknown>;
}

export function usualQueue(): UsualQueue {
  const { REDIS_URL, DATABASE_URL = '' } = process.env;
  if (REDIS_URL) return new Queue(NAME, { connection: new Redis(REDIS_URL, { maxRetriesPerRequest: null }) });
  return new Queue(NAME, { connection: postgres(DATABASE_URL) }, createPostgresBackend);
}

export function usualWorker(handle: (event: UsualEvent) => Promise<void>, concurrency: number): UsualWorker {
  const { REDIS_URL, DATABASE_URL = '' } = process.env;
  const process_ = async (job: { readonly data: unknown }) => handle(job.data as UsualEvent);
  if (REDIS_URL)
    return new Worker(NAME, process_, {
      connection: new Redis(REDIS_URL, { maxRetriesPerRequest: null }),
      concurrency,
    });
  return new Worker(
    NAME,
    process_,
    { connection: postgres(DATABASE_URL), concurrency },
    createPostgresBackend,
  );
}
