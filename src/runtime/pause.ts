/** Waiting that ends with a signal, and how long to wait before another try. */
import { setTimeout as sleep } from 'node:timers/promises';

/** Resolves after so many milliseconds. @throws the signal's reason when it is aborted */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(milliseconds, undefined, { signal });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}

/** `first` milliseconds, doubled so many times, at most `longest`. */
export function doubled(first: number, times: number, longest: number): number {
  return Math.min(longest, first * 2 ** Math.min(times, 30));
}

/**
 * Milliseconds to wait after failure number `failures` (from 1): from `first` on twice as long each time, at
 * most `longest`, the upper half random so that many do not come back at once.
 */
export function backoff(failures: number, longest: number, first = 250): number {
  return doubled(first, failures - 1, longest) * (0.5 + Math.random() / 2);
}

export interface Wakeup {
  /** Ends the current wait, or the next one when nobody waits. */
  wake(): void;
  /** Waits for `wake`, at most so long. @throws the signal's reason when it is aborted */
  wait(milliseconds: number, signal: AbortSignal): Promise<void>;
}

/** A wait that ends early when somebody calls `wake`; a call while nobody waits ends the next wait. */
export function createWakeup(): Wakeup {
  let woken = false;
  let end: (() => void) | undefined;
  return {
    wake: () => {
      woken = true;
      end?.();
    },
    wait: async (milliseconds, signal) => {
      signal.throwIfAborted();
      if (!woken) {
        await new Promise<void>((done) => {
          const finish = () => {
            clearTimeout(timer);
            signal.removeEventListener('abort', finish);
            end = undefined;
            done();
          };
          const timer = setTimeout(finish, milliseconds);
          signal.addEventListener('abort', finish);
          end = finish;
        });
      }
      woken = false;
      signal.throwIfAborted();
    },
  };
}
