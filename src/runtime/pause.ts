/** Waiting that ends with the signal. */
import { setTimeout as sleep } from 'node:timers/promises';

/** @throws the signal's reason when it is aborted */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(milliseconds, undefined, { signal });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}

/** Milliseconds before try number `tries` (from 1): doubling up to `longest`, the upper half random. */
export function backoff(tries: number, longest: number, first = 250): number {
  return Math.min(longest, first * 2 ** Math.min(tries - 1, 20)) * (0.5 + Math.random() / 2);
}

export interface Wakeup {
  /** Ends the current wait, or the next one when nobody waits. */
  wake(): void;
  /** Waits for `wake`, at most so long. @throws the signal's reason when it is aborted */
  wait(milliseconds: number, signal: AbortSignal): Promise<void>;
}

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
