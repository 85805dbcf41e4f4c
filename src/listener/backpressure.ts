/** Keeps the queue short: whoever adds jobs waits while too many jobs are waiting to be reconciled. */
import type { BatchQueue } from '../queue/queue.js';
import { pause } from '../runtime/pause.js';

export interface Backpressure {
  /**
   * Resolves when another job may be added, and counts that job. @throws the signal's reason; what the queue
   * said
   */
  room(signal: AbortSignal): Promise<void>;
  /** Jobs in the queue when it was last asked, plus those added since. */
  waiting(): number;
  /** Whether anybody is waiting for room now. */
  holds(): boolean;
}

/** For how long the queue's own count is used; jobs added meanwhile are counted here. */
const FRESH_MS = 500;
const RETRY_MS = 200;

/** @param maxWaiting jobs (waiting and delayed) from which on `room` waits */
export function createBackpressure(queue: Pick<BatchQueue, 'counts'>, maxWaiting: number): Backpressure {
  let counted = 0;
  let held = 0;
  let countedAt = Number.NEGATIVE_INFINITY;
  const count = async (): Promise<void> => {
    const { waiting, delayed } = await queue.counts();
    counted = waiting + delayed;
    countedAt = performance.now();
  };
  return {
    room: async (signal) => {
      signal.throwIfAborted();
      if (performance.now() - countedAt > FRESH_MS || counted >= maxWaiting) await count();
      held += 1;
      try {
        while (counted >= maxWaiting) {
          await pause(RETRY_MS, signal);
          await count();
        }
      } finally {
        held -= 1;
      }
      counted += 1;
    },
    waiting: () => counted,
    holds: () => held > 0,
  };
}
