/** Compares two lists of block ranges in one walk over both. */
import { type BlockRange, gapsIn } from './range.js';

/**
 * The parts of `ranges` that no range of `taken` holds, ascending: like {@link gapsIn} of each, in one walk.
 * @param ranges in any order, not overlapping one another; the same goes for `taken`
 */
export function without(ranges: readonly BlockRange[], taken: readonly BlockRange[]): BlockRange[] {
  const sorted = inOrder(taken);
  const rest: BlockRange[] = [];
  let at = 0;
  for (const { fromBlock, toBlock } of inOrder(ranges)) {
    while ((sorted[at]?.toBlock ?? toBlock) < fromBlock) at += 1;
    let next = fromBlock;
    for (let range = sorted[at]; range && range.fromBlock <= toBlock; range = sorted[at]) {
      if (range.fromBlock > next) rest.push({ fromBlock: next, toBlock: range.fromBlock - 1 });
      next = range.toBlock + 1;
      // The same taken range may reach into the next of `ranges`.
      if (next > toBlock) break;
      at += 1;
    }
    if (next <= toBlock) rest.push({ fromBlock: next, toBlock });
  }
  return rest;
}

/**
 * Every pair of a range of `a` and a range of `b` that have a block in common, ascending.
 * @param a in any order, not overlapping one another; the same goes for `b`
 */
export function* overlaps<A extends BlockRange, B extends BlockRange>(
  a: readonly A[],
  b: readonly B[],
): Generator<readonly [A, B]> {
  const sorted = inOrder(b);
  let first = 0;
  for (const range of inOrder(a)) {
    while ((sorted[first]?.toBlock ?? range.fromBlock) < range.fromBlock) first += 1;
    for (let at = first; (sorted[at]?.fromBlock ?? Number.POSITIVE_INFINITY) <= range.toBlock; at += 1)
      yield [range, sorted[at] as B];
  }
}

/**
 * By binary search, the indices [from, to) of the ranges that have a block in common with `range`.
 * @param sorted ascending, not overlapping one another
 */
export function touching(sorted: readonly BlockRange[], range: BlockRange): readonly [number, number] {
  let [from, high] = [0, sorted.length];
  while (from < high) {
    const middle = (from + high) >>> 1;
    if ((sorted[middle] as BlockRange).toBlock < range.fromBlock) from = middle + 1;
    else high = middle;
  }
  let to = from;
  while ((sorted[to]?.fromBlock ?? Number.POSITIVE_INFINITY) <= range.toBlock) to += 1;
  return [from, to];
}

/** The list itself when it is ascending already, as most are: sorting would copy it. */
function inOrder<R extends BlockRange>(ranges: readonly R[]): readonly R[] {
  const sorted = ranges.every((range, at) => at === 0 || (ranges[at - 1] as R).fromBlock <= range.fromBlock);
  return sorted ? ranges : ranges.toSorted((a, b) => a.fromBlock - b.fromBlock);
}
