/** What listeners and workers have watched, and how long each may stand still. */
import type { Chain } from '../../events/event.js';
import type { ListenerState } from '../../listener/state.js';
import type { BatchQueue } from '../../queue/queue.js';
import type { Watched } from './watchdog.js';

/**
 * Times NDX_STUCK_AFTER. A chain makes blocks every few seconds at most; a batch is a database transaction of
 * some milliseconds.
 */
const PATIENCE = { head: 1, queue: 2, job: 5 } as const;

/**
 * Watches the chain's head as the leading listener sees it. While the listener holds reading at the tip back,
 * because the queue is full, a head that stands still is not counted.
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
      // Before the first answer, too: an endpoint that never tells a head is stuck like one that always tells
      // the same.
      return now && !now.held ? `${now.head}` : null;
    },
  };
}

/**
 * Jobs that wait, and be it for their next attempt, while nobody completes one: a queue of jobs that all fail
 * grows, too.
 */
export function watchQueue(
  chain: Chain,
  queue: Pick<BatchQueue, 'counts'>,
  restart: Watched['restart'],
  stuckAfter: number,
): Watched {
  return {
    name: `queue ${chain}`,
    after: stuckAfter * PATIENCE.queue,
    reason: 'jobs wait and none is completed',
    restart,
    look: async () => {
      const { waiting, delayed, completed } = await queue.counts();
      return waiting + delayed > 0 ? completed : null;
    },
  };
}

/** Jobs in hand, by when they were taken. */
export interface JobsInHand {
  /** Runs `work` as a job in hand. */
  hold<T>(job: string, work: () => Promise<T>): Promise<T>;
  /** The one in hand the longest; null when there is none. */
  oldest(): string | null;
}

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

export function watchJobs(jobs: JobsInHand, restart: Watched['restart'], stuckAfter: number): Watched {
  return {
    name: 'job',
    after: stuckAfter * PATIENCE.job,
    reason: 'a job is held and not finished',
    restart,
    look: () => jobs.oldest(),
  };
}
