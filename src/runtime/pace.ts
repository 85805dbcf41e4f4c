/**
 * How far a chain can have got: block numbers grow no faster than blocks are made. Generous, so that no chain
 * in use is ever refused, and still no number out of the air is taken for a tip.
 */

/** Solana makes 2.5 slots a second, TON fewer. */
const MOST_BLOCKS_A_SECOND = 50;
/** Whatever the time: endpoints differ, and clocks are set. */
const SLACK = 5_000;

export interface Pace {
  /**
   * Whether the newest block can have this number now. Anything can before the first {@link saw}. */
  allows(block: number): boolean;
  /** It was the newest block, at this time (milliseconds since 1970, default now). Lower ones say nothing. */
  saw(block: number, at?: number): void;
  newest(): number | null;
}

export function createPace(now: () => number = Date.now): Pace {
  let newest: { readonly block: number; readonly at: number } | null = null;
  return {
    allows: (block) => {
      if (newest === null) return true;
      const seconds = Math.max(0, now() - newest.at) / 1000;
      return block <= newest.block + SLACK + seconds * MOST_BLOCKS_A_SECOND;
    },
    saw: (block, at = now()) => {
      if (newest === null || block > newest.block) newest = { block, at };
    },
    newest: () => newest?.block ?? null,
  };
}
