/**
 * An upper bound for a chain's newest block number: it grows no faster than blocks are made. The bound is
 * generous, so that it refuses no real tip and still refuses an absurd number.
 */

/** Solana makes 2.5 slots a second; TON makes fewer blocks. */
const MOST_BLOCKS_A_SECOND = 50;
/** Blocks allowed at any time, because endpoints differ and clocks are set. */
const SLACK = 5_000;

export interface Pace {
  /**
   * Whether the newest block can have this number now. Before the first {@link saw} any number is allowed.
   */
  allows(block: number): boolean;
  /**
   * Notes the newest block. A lower number than before is ignored.
   * @param at when it was the newest, milliseconds since 1970; default now
   */
  saw(block: number, at?: number): void;
  newest(): number | null;
}

/** @param now milliseconds since 1970 */
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
