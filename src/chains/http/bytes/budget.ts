/**
 * Bounds the bytes of answers that a process holds at once, over all its requests. Answers are used in
 * lines: the blocks of a reading one after another. The first of every line always goes on, whatever is held,
 * so that nobody waits for bytes that are held by somebody who waits for him; what stands behind it goes on
 * only within the budget.
 */

export interface ByteBudget {
  /** A new line; its places are used in the order in which they joined. */
  line(): ByteLine;
  /** Bytes held now, over all lines. */
  held(): number;
}

export interface ByteLine {
  join(): Place;
  /** Gives back what all of its places hold. */
  close(): void;
}

/** An answer's place in its line, and the bytes that it holds. */
export interface Place {
  /**
   * Holds this many bytes in total from now on.
   * @returns false when there is no room: then it holds what it did before
   */
  hold(bytes: number): boolean;
  /** Resolves when the place is the first of its line, or there is room for `bytes`. Holds nothing yet. */
  room(bytes: number, signal: AbortSignal): Promise<void>;
  /** Leaves the line, and so makes way for the next one, but keeps what it holds. */
  pass(): void;
  /** Leaves the line and gives back what it holds. */
  release(): void;
}

/** There is no room for an answer now; its transfer was given up, and is tried again when there is. */
export class NoRoom extends Error {
  override readonly name = 'NoRoom';
  /** How many bytes it wanted to hold. */
  readonly bytes: number;

  constructor(bytes: number) {
    super(`no room for ${bytes} bytes of an answer now`);
    this.bytes = bytes;
  }
}

/** Bytes: with what Node itself and one answer beyond it take, a process stays below 512 MiB. */
const DEFAULT_BYTES = 96 * 1024 * 1024;

/** @param most bytes that all answers may hold at once, beyond the first of each line */
export function createByteBudget(most: number = DEFAULT_BYTES): ByteBudget {
  const waiting = new Set<() => void>();
  let held = 0;

  /** Whoever waits looks again whether he may go on. */
  function changed(): void {
    for (const look of [...waiting]) look();
  }

  function line(): ByteLine {
    const places = new Set<Place>();
    /** Those of `places` that have not passed, in order. */
    const order = new Set<Place>();

    function join(): Place {
      let own = 0;
      const mayHold = (bytes: number): boolean =>
        bytes <= own || !order.has(place) || first() === place || held + bytes - own <= most;
      const place: Place = {
        hold: (bytes) => {
          if (!places.has(place) || !mayHold(bytes)) return false;
          const less = bytes < own;
          held += bytes - own;
          own = bytes;
          if (less) changed();
          return true;
        },
        room: (bytes, signal) => waitUntil(() => mayHold(bytes), signal),
        pass: () => {
          if (order.delete(place)) changed();
        },
        release: () => {
          order.delete(place);
          if (!places.delete(place)) return;
          held -= own;
          own = 0;
          changed();
        },
      };
      places.add(place);
      order.add(place);
      return place;
    }

    const first = (): Place | undefined => order.values().next().value;
    return {
      join,
      close: () => {
        for (const place of [...places]) place.release();
      },
    };
  }

  function waitUntil(may: () => boolean, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (may()) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const end = (): void => {
        waiting.delete(look);
        signal.removeEventListener('abort', onAbort);
      };
      const look = (): void => {
        if (!may()) return;
        end();
        resolve();
      };
      const onAbort = (): void => {
        end();
        reject(signal.reason);
      };
      waiting.add(look);
      signal.addEventListener('abort', onAbort, { once: true });
    });
  }

  return { line, held: () => held };
}

/**
 * Runs `work`, which holds bytes at the place, again and again until there is room for what it wants.
 * @param expected bytes that the answer is likely to have: it is not asked for before there is room for them
 */
export async function withRoom<T>(
  place: Place,
  expected: number,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  for (let wanted = expected; ; ) {
    await place.room(wanted, signal);
    try {
      return await work();
    } catch (error) {
      place.hold(0);
      if (!(error instanceof NoRoom)) throw error;
      wanted = error.bytes;
    }
  }
}
