/** The parts of listeners and workers that the watchdog watches, and how long each may stand still. */
import type { Chain } from '../../events/event.js';
import type { ListenerState } from '../../listener/state.js';
import type { QueueCounts } from '../../queue/queue.js';
import type { Watched } from './watchdog.js';

/**
 * Multiples of NDX_STUCK_AFTER. A chain makes a block every few seconds or faster; a batch is a database
 * transaction of some milliseconds.
 */
const PATIENCE = { head: 1, queue: 2, job: 5 } as const;

/**
 * Watches the chain's head as the leading listener sees it. While the listener pauses reading at the tip
 * because the queue is full, the head need not move.
 * @param stuckAfter milliseconds
 */
export function watchHead(
  state: () => ListenerState | undefined,
  restart: Watched['restart'],
  stuckAfter: number,
): Watched {
  return {
    name: 'head',
    after: stuckAfter * PATIENCE.head,
    reason: "the chain's head does not move",
    restart,
    look: () => {
      const now = state();
      // This counts before the first answer too: an endpoint that never reports a head is as stuck as one
      // that always reports the same.
      return now && !now.held ? `${now.head}` : null;
    },
  };
}

/**
 * Watches that jobs are completed while some wait, including those that wait for their next attempt. A queue
 * whose jobs all fail is stuck too.
 * @param stuckAfter milliseconds
 */
export function watchQueue(
  name: Chain | 'metadata',
  queue: { counts(): Promise<Pick<QueueCounts, 'waiting' | 'completed'> & { readonly delayed?: number }> },
  restart: Watched['restart'],
  stuckAfter: number,
): Watched {
  return {
    name: `queue ${name}`,
    after: stuckAfter * PATIENCE.queue,
    reason: 'jobs wait and none is completed',
    restart,
    look: async () => {
      const counts = await queue.counts();
      const waiting = counts.waiting + (counts.delayed ?? 0);
      return waiting > 0 ? counts.completed : null;
    },
  };
}

/** Jobs that this process works on, in the order in which it took them. */
export interface JobsInHand {
  /** Runs `work` and counts it as a job in hand until it ends. */
  hold<T>(job: string, work: () => Promise<T>): Promise<T>;
  /** The job that has been in hand longest; null when there is none. */
  oldest(): string | null;
}

/** Begins without any job. */
export function createJobsInHand(): JobsInHand {
  const inHand = new Map<number, string>();
  let taken = 0;
  return {
    hold: async (job, work) => {
      taken += 1;
      const number = taken;
      inHand.set(number, `${number} ${job}`);
      try {
        return await work();
      } finally {
        inHand.delete(number);
      }
    },
    // A Map keeps the order of insertion.
    oldest: () => inHand.values().next().value ?? null,
  };
}

/**
 * Watches that the job in hand longest is finished.
 * @param stuckAfter milliseconds
 */
export function watchJobs(jobs: JobsInHand, restart: Watched['restart'], stuckAfter: number): Watched {
  return {
    name: 'job',
    after: stuckAfter * PATIENCE.job,
    reason: 'a job is held and not finished',
    restart,
    look: () => jobs.oldest(),
  };
}
