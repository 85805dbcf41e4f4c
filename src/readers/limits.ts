/** How much is packed into one batch, which is one job and one database transaction. */
export interface BatchLimits {
  /** A batch is closed when it holds this many events (one block may hold more). */
  readonly maxEvents: number;
  /** … or this many block numbers (one skipped stretch may be longer). */
  readonly maxBlocks: number;
}

/** At the tip: few blocks in a job, so that the rows of a block do not wait for the blocks after it. */
export const LIVE_LIMITS: BatchLimits = { maxEvents: 500, maxBlocks: 8 };

/**
 * Events of a batch while gaps are filled. Eight times as many as at the tip save two fifths of PostgreSQL's
 * work: the rows of a wallet or token are written once for all of them.
 */
export const BACKFILL_EVENTS = 4000;
