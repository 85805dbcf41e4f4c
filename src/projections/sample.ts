/** What a random choice of a table's rows is made by. */
import type { Chain } from '../events/event.js';

/** Rows are chosen at random, but the same for the same seed as long as the table stays as it is. */
export interface Sample {
  readonly chain: Chain;
  /** Most rows. */
  readonly size: number;
  readonly seed: number;
}
