/** How old the tables' view of a chain is. */

/** A block whose time is known; milliseconds since 1970. */
export interface TimedBlock {
  readonly block: number;
  readonly time: number;
}

/**
 * Estimates the time of a block on a straight line through the nearest two blocks whose times are known,
 * before, after or around it. Most blocks hold no event of ours, so their own times are not stored.
 * @returns milliseconds since 1970; null when fewer than two times are known
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
