/** How often a job is tried, and what the queue keeps. */
import type { KeepJobs } from 'bullmq';

/** With the delays below: about five minutes of a database that is away before a job becomes a dead letter. */
export const ATTEMPTS = 10;
export const BACKOFF = { type: 'jittered' } as const;
const FIRST_DELAY_MS = 1_000;
const LAST_DELAY_MS = 60_000;

/** Milliseconds before the attempt after `attemptsMade`: doubling, capped, the upper half random. */
export function retryDelay(attemptsMade: number, random: () => number = Math.random): number {
  const full = Math.min(LAST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.max(0, attemptsMade - 1));
  return Math.round(full * (0.5 + random() / 2));
}

/**
 * None: a completed job that stays would swallow the same batch added again, which is what a replay and the filling
 * of a gap in a restored database do.
 */
export const KEEP_COMPLETED = true;

/** Dead letters stay until retried or dropped, within bounds. */
export const KEEP_FAILED: KeepJobs = { age: 90 * 24 * 3600, count: 20_000 };

/** Minutes of completed-job counts that the queue remembers. */
export const METRIC_POINTS = 60;
