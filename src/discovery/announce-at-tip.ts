/** Announces what the newest blocks discover, before these blocks are handed on. */
import { catchUp } from './catch-up.js';
import type { DiscoveryDeps } from './deps.js';

/**
 * For blocks beyond which this process has read nothing. Announces and fences at once, so that reconcile
 * refuses what others read beyond them without the addresses, and catches up where such blocks are covered
 * already.
 * @param addresses each with the block that it was discovered in
 * @param readUpTo newest block read so far
 * @returns the `knowledge` with which the blocks read so far may be handed on; null when they have to be read
 * again
 * @throws NdxError BLOCK_UNAVAILABLE (retryable) as catchUp; what the endpoints said
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
