/**
 * Notices a part that should get on and does not, by what it has done and not by the wall clock: says so in
 * readiness, metric and log, and has the part started again. Bites again, as long as nothing moves.
 */

import { messageOf } from '../../runtime/errors.js';
import type { Log } from '../../runtime/log.js';

export interface Watched {
  /** For metric and log. */
  readonly name: string;
  /** Milliseconds without progress. */
  readonly after: number;
  /** What has been done so far: any change is progress. null: nothing has to be done now. */
  readonly look: () => Promise<string | number | null> | string | number | null;
  /** For people: what does not move. */
  readonly reason: string;
  /** Starts the part again. */
  readonly restart: (reason: string) => void;
}

export interface Watchdog {
  /** Why the process is not ready; empty when all parts get on. */
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
  /** Monotonic milliseconds: a frozen process counts as still. */
  readonly now?: () => number;
}

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
        // Whether it got on is not known: it is asked again.
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
