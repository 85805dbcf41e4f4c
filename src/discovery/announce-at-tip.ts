/** Announces what the newest blocks make known, before they are handed on. */
import { catchUp } from './catch-up.js';
import type { DiscoveryDeps } from './deps.js';

/**
 * For blocks that this process knows nobody to have read beyond. Announces and fences at once, so that who
 * did so all the same is refused, and catches up where somebody was quicker.
 * @param addresses with the block that each was discovered in
 * @param readUpTo newest block read so far
 * @returns the `knowledge` with which the blocks read so far may be handed on; null: they have to be read
 * again
 * @throws NdxError as catchUp
 */
export async function announceAtTip(
  deps: DiscoveryDeps,
  addresses: ReadonlyMap<string, number>,
  readUpTo: number,
  signal: AbortSignal,
): Promise<number | null> {
  const { discoveries, coveredAfter } = deps;
  const since = Math.min(...addresses.values());
  const announcement = await discoveries.announce(addresses, readUpTo);
  await discoveries.fence(announcement, since);
  const readBeyond = (await coveredAfter(since)).length > 0;
  await discoveries.remember(readBeyond ? (await catchUp(deps, addresses, signal)).addresses : addresses);
  return readBeyond ? null : announcement;
}
