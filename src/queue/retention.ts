/** How often a job is tried, and what the queue keeps. */
import type { KeepJobs } from 'bullmq';
import { backoff } from '../runtime/pause.js';

/**
 * With the delays below: about five minutes of a database that is away before a job becomes a dead letter.
 */
export const ATTEMPTS = 10;
export const BACKOFF = { type: 'jittered' } as const;
const FIRST_DELAY_MS = 1_000;
const LAST_DELAY_MS = 60_000;

/** Milliseconds before the attempt that follows `attemptsMade` (from 1) failed ones. */
export function retryDelay(attemptsMade: number): number {
  return Math.round(backoff(attemptsMade, LAST_DELAY_MS, FIRST_DELAY_MS));
}

/**
 * None: a completed job that stays would swallow the same batch added again, which is what a replay and the
 * filling of a gap in a restored database do.
 */
export const KEEP_COMPLETED = true;

/** Dead letters stay until retried or dropped, within bounds. */
export const KEEP_FAILED: KeepJobs = { age: 90 * 24 * 3600, count: 20_000 };

/** Minutes of completed-job counts that the queue remembers. */
export const METRIC_POINTS = 60;
