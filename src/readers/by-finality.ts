/** Splits a range of blocks into parts that are read with one finality each. */
import type { Finality } from '../events/event.js';
import type { BlockRange } from '../events/range.js';

export interface FinalityRange extends BlockRange {
  readonly finality: Finality;
}

/**
 * Cuts a range where the chain's final part ends, so that a block that is final is never read as `confirmed`.
 * @param finalized the newest final block
 * @returns one or two ranges, ascending
 */
export function byFinality(range: BlockRange, finalized: number): FinalityRange[] {
  const { fromBlock, toBlock } = range;
  if (toBlock <= finalized) return [{ ...range, finality: 'finalized' }];
  if (fromBlock > finalized) return [{ ...range, finality: 'confirmed' }];
  return [
    { fromBlock, toBlock: finalized, finality: 'finalized' },
    { fromBlock: finalized + 1, toBlock, finality: 'confirmed' },
  ];
}
