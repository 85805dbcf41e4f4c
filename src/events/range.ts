/**
 * Ranges of block numbers of one chain, and their arithmetic. Ranges are inclusive at both ends everywhere.
 */

export interface BlockRange {
  readonly fromBlock: number;
  /** Inclusive. */
  readonly toBlock: number;
}

/**
 * Blocks of [fromBlock, toBlock] that none of the ranges holds, ascending. The ranges may be in any order and
 * overlap.
 */
export function gapsIn(ranges: readonly BlockRange[], fromBlock: number, toBlock: number): BlockRange[] {
  const sorted = ranges.toSorted((a, b) => a.fromBlock - b.fromBlock);
  const gaps: BlockRange[] = [];
  let next = fromBlock;
  for (const range of sorted) {
    if (range.fromBlock > toBlock) break;
    if (range.fromBlock > next) gaps.push({ fromBlock: next, toBlock: range.fromBlock - 1 });
    next = Math.max(next, range.toBlock + 1);
  }
  if (next <= toBlock) gaps.push({ fromBlock: next, toBlock });
  return gaps;
}

/** How many block numbers the ranges hold. They must not overlap. */
export function blockCount(ranges: readonly BlockRange[]): number {
  return ranges.reduce((sum, range) => sum + range.toBlock - range.fromBlock + 1, 0);
}

/** The parts of the ranges that lie inside `bounds`, in the order given. */
export function clip(ranges: readonly BlockRange[], bounds: BlockRange): BlockRange[] {
  return ranges
    .map(({ fromBlock, toBlock }) => ({
      fromBlock: Math.max(fromBlock, bounds.fromBlock),
      toBlock: Math.min(toBlock, bounds.toBlock),
    }))
    .filter(({ fromBlock, toBlock }) => fromBlock <= toBlock);
}
