/**
 * Keeps the queue short: whoever fills it waits while more than a bound of jobs are waiting to be reconciled.
 */
import type { BatchQueue } from '../queue/queue.js';
import { pause } from '../runtime/pause.js';

export interface Backpressure {
  /** Resolves when another job may be added. */
  room(signal: AbortSignal): Promise<void>;
  /** What the queue held when last asked, plus what was added since. */
  waiting(): number;
  /** Somebody waits for room. */
  holds(): boolean;
}

/** How long a count is believed; jobs added meanwhile are counted here. */
const FRESH_MS = 500;
const RETRY_MS = 200;

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
