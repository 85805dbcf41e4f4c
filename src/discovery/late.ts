/** Which discoveries are late: blocks after them may have been read without the address. */
import type { DecodedSpan } from '../readers/reader.js';
import type { Discoveries } from './discoveries.js';

/**
 * Addresses discovered in the span's block (its last number; the numbers before it were skipped) that are not
 * known to be caught up with from there on.
 */
export function lateDiscoveries(span: DecodedSpan, discoveries: Pick<Discoveries, 'isLate'>): string[] {
  return (span.discovered ?? []).filter((address) => discoveries.isLate(address, span.toBlock));
}
