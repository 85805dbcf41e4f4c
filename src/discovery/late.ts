/** Which discoveries are late: later blocks may have been read without them. */
import type { DecodedSpan } from '../readers/reader.js';
import type { Discoveries } from './discoveries.js';

/**
 * Addresses discovered in the span's block (its last one, after those that were skipped) and not known to be
 * caught up with from there on.
 */
export function lateDiscoveries(span: DecodedSpan, discoveries: Pick<Discoveries, 'isLate'>): string[] {
  return (span.discovered ?? []).filter((address) => discoveries.isLate(address, span.toBlock));
}
