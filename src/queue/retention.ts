/** How often a job is tried, and what the queue keeps. */
import type { KeepJobs } from 'bullmq';
import { backoff } from '../runtime/pause.js';

/**
 * Attempts before a job becomes a dead letter. The delays between them add up to two to four minutes, in
 * which a database that is away may come back.
 */
export const ATTEMPTS = 10;
export const BACKOFF = { type: 'jittered' } as const;
const FIRST_DELAY_MS = 1_000;
const LAST_DELAY_MS = 60_000;

/** Milliseconds to wait after `attemptsMade` (from 1) failed attempts. */
export function retryDelay(attemptsMade: number): number {
  return Math.round(backoff(attemptsMade, LAST_DELAY_MS, FIRST_DELAY_MS));
}

/**
 * BullMQ's `removeOnComplete`: no completed job is kept. One that stays would swallow the same batch when it
 * is added again, as by a replay, or by the filling of a gap in a restored database.
 */
export const KEEP_COMPLETED = true;

/**
 * Dead letters stay until they are retried or dropped: 20,000 of them at most, for at most 90 days (in
 * seconds).
 */
export const KEEP_FAILED: KeepJobs = { age: 90 * 24 * 3600, count: 20_000 };

/** Minutes for which the queue remembers how many jobs were done. */
export const METRIC_POINTS = 60;
