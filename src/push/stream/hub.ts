/**
 * Reads the feed once for all readers of a process. The newest entries stay in a ring that every reader walks
 * at its own pace; whoever is further behind reads the feed itself until it has come that far.
 */
import type { Pool } from 'pg';
import type { Bell } from '../../feed/bell.js';
import type { FeedEntry, FeedId } from '../../feed/change.js';
import { isBefore } from '../../feed/id.js';
import { readBeginning, readEnd, readFeed } from '../../feed/read.js';
import type { Log } from '../../runtime/log.js';
import { repeat } from '../../runtime/pause.js';
import { seldom } from '../../runtime/seldom.js';

export interface HubDeps {
  readonly db: { readonly pool: Pick<Pool, 'query'> };
  /** Says when to look. Stopped by whoever made it. */
  readonly bell: Pick<Bell, 'wait' | 'found'>;
  readonly log: Log;
  /** Entries that the ring holds; a reader that falls further behind is closed. */
  readonly capacity?: number;
  /** Told the milliseconds from the commit of a change until it was read here. */
  readonly onDelay?: (milliseconds: number) => void;
}

/** A reader's place in the ring. */
export interface Place {
  /** Number of the next entry to take, counted since the hub began. */
  next: number;
  /** Which feed the place is in: places of an earlier epoch are void. */
  readonly era: number;
}

export interface Hub {
  /** The end of the feed as of now. */
  end(): Promise<FeedId>;
  /** Where a reader that has come to this position goes on; null while the ring does not reach back to it. */
  join(after: FeedId): Place | null;
  /** Entries from the place on, a stretch at a time; null: the ring has gone on without the reader. */
  take(place: Place): readonly FeedEntry[] | null;
  /** The position after everything that was read. */
  position(): FeedId | null;
  /** Resolves when there is something to take, at most after this long; or when the signal is aborted. */
  wait(place: Place, milliseconds: number, signal: AbortSignal): Promise<void>;
  stop(): Promise<void>;
}

const CAPACITY = 8_192;
/** Entries of one reading, and of one stretch that a reader takes. */
const LIMIT = 500;
/** Rows before the end from which the ring is filled at the start, for readers that come back then. */
const BACK = 200;

/** Begins to read at the first call of `end`. */
export function createHub({ db, bell, log, capacity = CAPACITY, onDelay }: HubDeps): Hub {
  const stop = new AbortController();
  const told = seldom(log);
  const waiting = new Set<() => void>();
  let ring: FeedEntry[] = [];
  /** Number of the ring's first entry, and the position before it. */
  let first = 0;
  let start: FeedId | null = null;
  let position: FeedId | null = null;
  let era = 0;
  let running: Promise<void> | null = null;

  const wake = (): void => {
    for (const resume of [...waiting]) resume();
  };

  function add(entries: readonly FeedEntry[]): void {
    for (const { at } of onDelay ? entries : []) onDelay?.(Date.now() - at);
    ring.push(...entries);
    // Cut in one piece now and then: moving all entries for each new one would cost more than the rest.
    if (ring.length < capacity * 1.25) return;
    const cut = ring.length - capacity;
    start = ring[cut - 1]?.id ?? start;
    ring = ring.slice(cut);
    first += cut;
  }

  async function round(): Promise<void> {
    if (position === null) {
      const [begins, ends] = [await readBeginning(db.pool), await readEnd(db.pool)];
      // Not before what is kept: a reader that joined there would be told that it is too far behind.
      start = { ...ends, seq: Math.max(begins.seq, ends.seq - BACK), n: 0 };
      position = start;
    }
    const page = await readFeed(db.pool, { after: position, limit: LIMIT });
    if (page.reset !== undefined) {
      first += ring.length;
      ring = [];
      start = page.next;
      era += 1;
    }
    add(page.entries);
    position = page.next;
    if (page.entries.length > 0 || page.reset !== undefined) {
      bell.found();
      wake();
    }
    if (!page.more) await bell.wait(stop.signal);
  }

  return {
    end: async () => {
      running ??= repeat(round, {
        signal: stop.signal,
        log: told,
        failed: 'the feed cannot be read for the stream',
        longest: 5_000,
      });
      return readEnd(db.pool);
    },
    join: (after) => {
      if (start === null || after.epoch !== start.epoch || isBefore(after, start)) return null;
      if (position === null || isBefore(position, after)) return null;
      const at = ring.findIndex(({ id }) => isBefore(after, id));
      return { next: first + (at < 0 ? ring.length : at), era };
    },
    take: (place) => {
      if (place.era !== era || place.next < first) return null;
      return ring.slice(place.next - first, place.next - first + LIMIT);
    },
    position: () => position,
    wait: (place, milliseconds, signal) =>
      new Promise<void>((done) => {
        if (signal.aborted || place.era !== era || place.next < first + ring.length) return done();
        const finish = () => {
          clearTimeout(timer);
          waiting.delete(finish);
          signal.removeEventListener('abort', finish);
          done();
        };
        const timer = setTimeout(finish, milliseconds);
        waiting.add(finish);
        signal.addEventListener('abort', finish);
      }),
    stop: async () => {
      stop.abort();
      await running;
    },
  };
}
