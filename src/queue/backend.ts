/** Where BullMQ keeps its jobs: PostgreSQL or Redis. No other file depends on which of them it is. */
import type { EventEmitter } from 'node:events';
import {
  createPostgresBackend,
  createRedisBackend,
  type JobsOptions,
  Queue,
  type QueueOptions,
  Worker,
  type WorkerOptions,
} from 'bullmq';
import { Cluster, Redis } from 'ioredis';
import type { Chain } from '../events/event.js';
import { messageOf, NdxError } from '../runtime/errors.js';
import { steady } from './steady.js';

export type QueueBackend =
  /** PostgreSQL 14 or newer; jobs stand in the schema `bullmq` of that database. */
  | { readonly kind: 'postgres'; readonly url: string }
  /**
   * Redis 6.2 or newer, or Valkey: a URL with `redis://` or `rediss://`. Several URLs, separated by commas,
   * are the seeds of a cluster.
   */
  | { readonly kind: 'redis'; readonly url: string };

/** A job as it is read from the queue. Its data is not trusted before decodeBatch has checked it. */
export interface StoredJob {
  readonly id?: string | undefined;
  readonly name: string;
  readonly data: unknown;
  readonly attemptsMade: number;
  readonly failedReason?: string | undefined;
  /** Milliseconds since 1970. */
  readonly finishedOn?: number | undefined;
  isFailed(): Promise<boolean>;
  retry(state: 'failed', options?: { readonly resetAttemptsMade?: boolean }): Promise<void>;
}

/** Each chain has a queue of its own, and so have documents that stand off chain. */
export type QueueName = Chain | 'metadata';

interface NewJob {
  readonly name: string;
  readonly data: object;
  readonly opts: JobsOptions;
}

type JobStateName = 'waiting' | 'prioritized' | 'active' | 'delayed' | 'failed';

/** The part of BullMQ's Queue that is used; it is the same on both backends. */
export interface BatchJobQueue {
  add(name: string, data: object, options: JobsOptions): Promise<unknown>;
  addBulk(jobs: NewJob[]): Promise<unknown>;
  getJob(id: string): Promise<StoredJob | undefined>;
  getJobCounts(...states: JobStateName[]): Promise<Record<string, number>>;
  getJobState(id: string): Promise<string>;
  getMetrics(
    type: 'completed' | 'failed',
    start: number,
    end: number,
  ): Promise<{ readonly meta: { readonly count: number } }>;
  /** Newest first. */
  getJobs(states: JobStateName[], start: number, end: number): Promise<StoredJob[]>;
  remove(id: string): Promise<number>;
  waitUntilReady(): Promise<unknown>;
  close(): Promise<void>;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

/** The part of BullMQ's Worker that is used; it is the same on both backends. */
export interface BatchJobWorker {
  waitUntilReady(): Promise<unknown>;
  pause(): Promise<void>;
  resume(): void;
  isRunning(): boolean;
  isPaused(): boolean;
  close(): Promise<void>;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'stalled', listener: (id: string) => void): unknown;
}

type Process = (job: {
  readonly id?: string | undefined;
  readonly name: string;
  readonly data: unknown;
  /** Attempts before this one. */
  readonly attemptsMade: number;
  readonly opts: { readonly attempts?: number | undefined };
}) => Promise<undefined>;

/** A BullMQ object and the connections that were opened for it; `close` closes the object first. */
export interface Opened<T> {
  readonly it: T;
  /** Resolves when the backend takes writes. With PostgreSQL it only asks whether the server answers. */
  writable(): Promise<void>;
  close(): Promise<void>;
}

/** Milliseconds that a call of the queue may take. */
export const DEADLINE = 15_000;

const SCHEMA = 'bullmq';
/** Table of the jobs in the PostgreSQL backend: a user that may write to it can add and take jobs. */
export const JOB_TABLE = `${SCHEMA}.job`;
/** Milliseconds after which Redis deletes the key that `writable` writes. */
const PROBE_MS = 60_000;
/** Prefix of the keys in Redis. The braces keep all keys of a queue on one node of a Redis cluster. */
const DEFAULT_PREFIX = '{ndx}';

function queueName(name: QueueName): string {
  return `ndx-${name}`;
}

function postgres(url: string, poolSize: number) {
  return {
    connectionString: url,
    schema: SCHEMA,
    migrate: true,
    max: poolSize,
    connectionTimeoutMillis: 10_000,
    query_timeout: 60_000,
    keepAlive: true,
    application_name: 'ndx-queue',
    // BullMQ listens for errors of idle connections only. One that breaks while BullMQ holds it would end the
    // process; whoever waits for its answer is told the reason anyway.
    onConnect: (client: EventEmitter) => client.on('error', () => undefined),
  };
}

function redis(url: string): Redis | Cluster {
  // A worker waits for a lost server without limit; whoever adds jobs gives up after a deadline (queue.ts).
  const options = { maxRetriesPerRequest: null, connectTimeout: 10_000, keepAlive: 10_000 } as const;
  const urls = url.split(',').map((part) => part.trim());
  const [first = ''] = urls;
  if (urls.length === 1) return new Redis(first, options);
  const { username, password, protocol } = new URL(first);
  return new Cluster(urls, {
    redisOptions: {
      ...options,
      ...(username ? { username: decodeURIComponent(username) } : {}),
      ...(password ? { password: decodeURIComponent(password) } : {}),
      ...(protocol === 'rediss:' ? { tls: {} } : {}),
    },
    // Managed clusters present certificates for host names, not for the addresses that the cluster announces.
    ...(protocol === 'rediss:'
      ? { dnsLookup: (address: string, done: (error: null, address: string) => void) => done(null, address) }
      : {}),
  });
}

async function quit(connection: Redis | Cluster): Promise<void> {
  // QUIT needs a server that answers; otherwise the connection is cut.
  if (connection.status === 'ready') await connection.quit().catch(() => connection.disconnect());
  else connection.disconnect();
}

/**
 * Opens a queue.
 * @param onError called with the errors of the queue and of its connections
 */
export function openQueue(
  backend: QueueBackend,
  name: QueueName,
  options: Omit<QueueOptions, 'connection'>,
  onError: (error: Error) => void,
): Opened<BatchJobQueue> {
  const { prefix = DEFAULT_PREFIX, ...rest } = options;
  if (backend.kind === 'postgres') {
    return opened(
      new Queue(queueName(name), { ...rest, connection: postgres(backend.url, 4) }, createPostgresBackend),
      onError,
    );
  }
  const connection = redis(backend.url);
  return opened(new Queue(queueName(name), { ...rest, prefix, connection }), onError, connection);
}

/**
 * Opens a worker on a queue, which takes jobs at once.
 * @param process does one job; when it rejects, the attempt has failed
 * @param onError called with the errors of the worker and of its connections
 */
export function openWorker(
  backend: QueueBackend,
  name: QueueName,
  process: Process,
  options: Omit<WorkerOptions, 'connection'>,
  onError: (error: Error) => void,
): Opened<BatchJobWorker> {
  const { prefix = DEFAULT_PREFIX, ...rest } = options;
  if (backend.kind === 'postgres') {
    const connection = postgres(backend.url, Math.max(4, rest.concurrency ?? 1));
    return opened(
      new Worker(queueName(name), process, { ...rest, connection }, steady(createPostgresBackend)),
      onError,
    );
  }
  const connection = redis(backend.url);
  return opened(
    new Worker(queueName(name), process, { ...rest, prefix, connection }, steady(createRedisBackend)),
    onError,
    connection,
  );
}

type Closable = {
  close(): Promise<void>;
  waitUntilReady(): Promise<unknown>;
  on(event: 'error', listener: (error: Error) => void): unknown;
};

/**
 * BullMQ closes the connections that it made itself; a Redis client of ours is closed after the BullMQ
 * object.
 */
function opened<T extends Closable>(
  it: T,
  onError: (error: Error) => void,
  connection?: Redis | Cluster,
): Opened<T> {
  it.on('error', onError);
  connection?.on('error', onError);
  return {
    it,
    writable: async () => {
      if (connection) await connection.set(`${DEFAULT_PREFIX}:writable`, '1', 'PX', PROBE_MS);
      else await it.waitUntilReady();
    },
    close: async () => {
      await it.close();
      if (connection) await quit(connection);
    },
  };
}

/**
 * Waits for `work`, at most `deadline` milliseconds.
 * @param what completes the message "the queue cannot …"
 * @throws NdxError QUEUE_UNREACHABLE (retryable) when `work` rejects or takes longer; an NdxError of `work`
 * as it is
 */
export async function reach<T>(what: string, work: Promise<T>, deadline: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, fail) => {
    timer = setTimeout(() => fail(new Error(`no answer within ${deadline / 1000} s`)), deadline);
  });
  try {
    return await Promise.race([work, late]);
  } catch (cause) {
    if (cause instanceof NdxError) throw cause;
    throw new NdxError('QUEUE_UNREACHABLE', `the queue cannot ${what}: ${messageOf(cause)}`, {
      retryable: true,
      cause,
    });
  } finally {
    clearTimeout(timer);
  }
}
