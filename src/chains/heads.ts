/** What endpoints say their newest block is, and whom to believe when they differ. */
import type { Asked } from './http/ask.js';
import type { EndpointPool } from './http/pool/pool.js';

/**
 * Tells the pool what its endpoints said at one time. The middle one is taken for the truth before anything
 * is known: neither who lags by days nor who is ahead of everybody decides how far the chain can be.
 */
export function sawHeads(pool: Pick<EndpointPool<never>, 'sawHead'>, heads: readonly Asked<number>[]): void {
  const sorted = heads.toSorted((a, b) => a.value - b.value);
  const middle = sorted[Math.floor((sorted.length - 1) / 2)];
  if (!middle) return;
  for (const { endpoint, value } of [middle, ...sorted.filter((head) => head !== middle)])
    pool.sawHead(endpoint, value);
}

/** @param field of the answer */
export function unbelievable(field: string, block: number): string {
  return `${field}: ${block} is further than the chain can have got; not believed`;
}
