/** How many blocks are compared. */

/** Share of blocks that are compared, from 0 to 1. */
export interface CrossCheck {
  /** Of blocks that hold something of ours. */
  readonly ours: number;
  /** Of all others: the endpoint may have removed what is ours. */
  readonly others: number;
}

/** Shares where nothing is configured. */
export const CROSS_CHECK: CrossCheck = { ours: 1, others: 0.01 };
