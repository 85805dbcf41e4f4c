/**
 * A log for failures that repeat many times a second: the first is written at once, later ones more and more
 * seldom, with the number of those left out.
 */
import type { Log } from './log.js';
import { doubled } from './pause.js';

const FIRST_MS = 1_000;
const LONGEST_MS = 60_000;
/** Kinds of lines that are remembered. The oldest is forgotten, and written at once when it comes again. */
const MOST_KINDS = 200;

interface Kind {
  /** Lines written. */
  written: number;
  /** Lines left out since the last one written. */
  held: number;
  /** Time from which the next line may be written. */
  next: number;
}

/**
 * Wraps a log. Warnings and errors with the same message and the same `error` are one kind. The first is
 * written at once, the next ones after 1 s, 2 s, 4 s and so on up to a minute; `times` counts the lines since
 * the one before. A kind that does not occur for two minutes after that starts again.
 * @param now monotonic milliseconds
 */
export function seldom(log: Log, now: () => number = () => performance.now()): Log {
  const kinds = new Map<string, Kind>();
  const through =
    (write: Log['warn']): Log['warn'] =>
    (facts, message) => {
      const key = `${message} ${withoutNumbers(Reflect.get(facts, 'error'))}`;
      const time = now();
      const known = kinds.get(key);
      const kind = known && time < known.next + 2 * LONGEST_MS ? known : { written: 0, held: 0, next: 0 };
      kinds.delete(key);
      kinds.set(key, kind);
      for (const oldest of kinds.keys()) {
        if (kinds.size <= MOST_KINDS) break;
        kinds.delete(oldest);
      }
      if (kind.written > 0 && time < kind.next) {
        kind.held += 1;
        return;
      }
      write(kind.held > 0 ? { ...facts, times: kind.held + 1 } : facts, message);
      kind.next = time + doubled(FIRST_MS, kind.written, LONGEST_MS);
      kind.written += 1;
      kind.held = 0;
    };
  return {
    debug: (facts, message) => log.debug(facts, message),
    info: (facts, message) => log.info(facts, message),
    warn: through((facts, message) => log.warn(facts, message)),
    error: through((facts, message) => log.error(facts, message)),
  };
}

/** Ports, ids and times differ between lines of the same kind. */
function withoutNumbers(error: unknown): string {
  return typeof error === 'string' ? error.replace(/\d+/g, '#') : '';
}
