/** Waits that end when a signal is aborted, how long to wait before another attempt, and loops of both. */
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from './errors.js';
import type { Log } from './log.js';

/**
 * Resolves after `milliseconds`.
 * @throws the signal's reason when it is aborted
 */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(milliseconds, undefined, { signal });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}

/** `first` doubled `times` times, at most `longest`. All milliseconds. */
export function doubled(first: number, times: number, longest: number): number {
  return Math.min(longest, first * 2 ** Math.min(times, 30));
}

/**
 * Milliseconds to wait after a failure. The wait starts at `first`, doubles with each failure, and is at most
 * `longest`. A random part of up to half is taken off, so that many clients do not come back at once.
 * @param failures number of the failure, from 1
 */
export function backoff(failures: number, longest: number, first = 250): number {
  return doubled(first, failures - 1, longest) * (0.5 + Math.random() / 2);
}

export interface RepeatOptions {
  readonly signal: AbortSignal;
  /** Told of rounds that failed; wrap it in `seldom`. */
  readonly log: Log;
  /** What it is told. */
  readonly failed: string;
  /** Most milliseconds between a round that failed and the next. */
  readonly longest: number;
}

/**
 * Runs a round again and again until the signal is aborted; rounds wait by themselves. One that fails is
 * logged, and taken again after a wait that grows with every failure in a row. Never rejects.
 */
export async function repeat(
  round: (signal: AbortSignal) => Promise<void>,
  { signal, log, failed, longest }: RepeatOptions,
): Promise<void> {
  let failures = 0;
  while (!signal.aborted) {
    try {
      await round(signal);
      failures = 0;
    } catch (error) {
      if (signal.aborted) return;
      failures += 1;
      log.warn({ error: messageOf(error) }, failed);
      await pause(backoff(failures, longest), signal).catch(() => undefined);
    }
  }
}

export interface Wakeup {
  /** Ends the current wait, or the next one when nobody waits. */
  wake(): void;
  /**
   * Waits until `wake` is called, at most this long.
   * @throws the signal's reason when it is aborted
   */
  wait(milliseconds: number, signal: AbortSignal): Promise<void>;
}

/** A wait that `wake` ends early. If nobody waits when `wake` is called, the next wait ends at once. */
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
