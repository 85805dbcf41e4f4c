/**
 * Finds parts that should make progress and do not. Progress is judged by the work they have done. A stuck
 * part makes the process not ready, is counted and logged, and is started again; this repeats while it stays
 * stuck.
 */

import { messageOf } from '../../runtime/errors.js';
import type { Log } from '../../runtime/log.js';

export interface Watched {
  /** Name in metric and log. */
  readonly name: string;
  /** Milliseconds without progress after which the part counts as stuck. */
  readonly after: number;
  /** A value that changes with every progress; null when the part has nothing to do now. */
  readonly look: () => Promise<string | number | null> | string | number | null;
  /** What does not move, for people. */
  readonly reason: string;
  /** Starts the part again. */
  readonly restart: (reason: string) => void;
}

export interface Watchdog {
  /** Why the process is not ready; empty when no part is stuck. */
  reasons(): readonly string[];
  /** Looks at every part once. */
  look(): Promise<void>;
  stop(): void;
}

export interface WatchdogDeps {
  readonly watched: readonly Watched[];
  readonly log: Log;
  readonly onBite: (name: string) => void;
  /** Milliseconds between two looks. */
  readonly every?: number;
  /** Monotonic milliseconds: changes of the system clock have no effect. */
  readonly now?: () => number;
}

/** Starts a watchdog that looks at every part at regular intervals until it is stopped. */
export function createWatchdog({
  watched,
  log,
  onBite,
  every = 1000,
  now = () => performance.now(),
}: WatchdogDeps): Watchdog {
  const parts = watched.map((part) => ({
    part,
    seen: null as string | number | null,
    since: now(),
    stuck: false,
  }));
  let looking = false;

  const look = async (): Promise<void> => {
    if (looking) return;
    looking = true;
    for (const state of parts) {
      const { part } = state;
      try {
        const progress = await part.look();
        if (progress === null || progress !== state.seen) {
          Object.assign(state, { seen: progress, since: now(), stuck: false });
          continue;
        }
      } catch (error) {
        // Whether it made progress is unknown: look again next time.
        log.debug({ watchdog: part.name, error: messageOf(error) }, 'watchdog cannot look');
        continue;
      }
      if (now() - state.since < part.after) continue;
      Object.assign(state, { since: now(), stuck: true });
      const reason = `${part.reason} for ${Math.round(part.after / 1000)} s`;
      log.error({ watchdog: part.name, reason }, 'stuck: starting it again');
      onBite(part.name);
      part.restart(reason);
    }
    looking = false;
  };
  const timer = setInterval(() => void look(), every);
  timer.unref();
  return {
    reasons: () => parts.filter(({ stuck }) => stuck).map(({ part }) => `${part.name}: ${part.reason}`),
    look,
    stop: () => clearInterval(timer),
  };
}
