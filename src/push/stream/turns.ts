/** Lets so many do something at once; the others wait for their turn. */

export interface Turns {
  /** @returns null when the signal is aborted before its turn */
  take<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T | null>;
}

/**
 * @param atOnce how many may read from the database at the same time; the others wait in the order in which
 * they came
 */
export function createTurns(atOnce: number): Turns {
  let free = atOnce;
  const waiting: (() => void)[] = [];
  return {
    take: async (work, signal) => {
      if (free > 0) free -= 1;
      else await new Promise<void>((turn) => waiting.push(turn));
      try {
        return signal.aborted ? null : await work();
      } finally {
        const next = waiting.shift();
        if (next) next();
        else free += 1;
      }
    },
  };
}
