/** How old the tables' view of a chain is. */

/** A block whose time is known; milliseconds since 1970. */
export interface TimedBlock {
  readonly block: number;
  readonly time: number;
}

/**
 * Time of a block, taken from blocks around it whose times are known, on a straight line between (or beyond)
 * the nearest two. Most blocks hold nothing of ours, so their own times are not kept.
 * @returns milliseconds since 1970; null when too little is known
 */
export function estimatedTime(block: number, known: readonly TimedBlock[]): number | null {
  const points = [...known].sort((a, b) => a.block - b.block);
  const exact = points.find((point) => point.block === block);
  if (exact) return exact.time;
  const above = points.findIndex((point) => point.block > block);
  const at = above === -1 ? points.length - 1 : Math.max(above, 1);
  const [low, high] = [points[at - 1], points[at]];
  if (!low || !high || low.block === high.block) return null;
  return low.time + ((high.time - low.time) * (block - low.block)) / (high.block - low.block);
}
