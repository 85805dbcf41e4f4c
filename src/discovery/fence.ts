/**
 * Announces late discoveries and fences off what was read without them. After that, coverage says which
 * blocks have to be looked through.
 */
import type { BlockRange } from '../events/range.js';
import type { DiscoveryDeps } from './deps.js';

export interface Fenced {
  /**
   * Covered ranges that may lack transactions of the addresses. No further range can become covered without
   * them.
   */
  readonly ranges: readonly BlockRange[];
  /** Number of the announcement: what is read from now on carries it, or a later one. */
  readonly knowledge: number;
}

/**
 * Announces, waits a while for jobs that are under way, and fences.
 * @param addresses each with the block that it was discovered in
 * @param readUpTo as in Discoveries.announce
 * @throws NdxError BLOCK_UNAVAILABLE (retryable) as Discoveries.announce
 */
export async function announceAndFence(
  { discoveries, forgetConfirmed, awaitJobs, coveredAfter }: DiscoveryDeps,
  addresses: ReadonlyMap<string, number>,
  readUpTo: number,
  signal: AbortSignal,
): Promise<Fenced> {
  forgetConfirmed?.();
  const since = Math.min(...addresses.values());
  const knowledge = await discoveries.announce(addresses, readUpTo);
  await awaitJobs?.(since, signal);
  await discoveries.fence(knowledge, since);
  return { knowledge, ranges: await coveredAfter(since) };
}

/**
 * From the first block of the ranges to the last; null when there are none. The blocks between the ranges
 * will be read with the addresses anyway; reading them here too changes nothing, and each address is looked
 * through only once.
 */
export function hullOf(ranges: readonly BlockRange[]): BlockRange | null {
  if (ranges.length === 0) return null;
  return {
    fromBlock: Math.min(...ranges.map((range) => range.fromBlock)),
    toBlock: Math.max(...ranges.map((range) => range.toBlock)),
  };
}
