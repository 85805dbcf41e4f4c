/** What endpoints say their newest block is, and which of them to believe when they differ. */
import type { Asked } from './http/ask.js';
import type { EndpointPool } from './http/pool/pool.js';

/**
 * Tells the pool which newest block each endpoint named at one time. The median comes first: while nothing is
 * known yet, neither an endpoint that is days behind nor one that is ahead of all others decides how far the
 * chain can be.
 */
export function sawHeads(pool: Pick<EndpointPool<never>, 'sawHead'>, heads: readonly Asked<number>[]): void {
  const sorted = heads.toSorted((a, b) => a.value - b.value);
  const middle = sorted[Math.floor((sorted.length - 1) / 2)];
  if (!middle) return;
  for (const { endpoint, value } of [middle, ...sorted.filter((head) => head !== middle)])
    pool.sawHead(endpoint, value);
}

/**
 * Text of the error about a newest block that the chain cannot have reached yet.
 * @param field the field of the answer that names the block
 */
export function unbelievable(field: string, block: number): string {
  return `${field}: ${block} is further than the chain can have got; not believed`;
}
