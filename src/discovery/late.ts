/** Which discoveries are late: blocks may have been read without the address. */
import type { DecodedSpan } from '../readers/reader.js';
import type { Discoveries } from './discoveries.js';

/** Stands for the chain's first block: from there on, an address is ours that was so before it was found. */
const BEGINNING = 0;

/**
 * Addresses discovered in the span's block (its last number; the numbers before it were skipped) that are not
 * known to be caught up with.
 * @returns each with the block from which on it is ours
 */
export function lateDiscoveries(
  { discovered = [], earlier = [], toBlock }: Pick<DecodedSpan, 'discovered' | 'earlier' | 'toBlock'>,
  discoveries: Pick<Discoveries, 'isLate'>,
): [address: string, since: number][] {
  const before = new Set(earlier);
  return discovered
    .map((address): [string, number] => [address, before.has(address) ? BEGINNING : toBlock])
    .filter(([address, since]) => discoveries.isLate(address, since));
}
