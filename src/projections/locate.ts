/** Finds transactions by a hash in whichever projection keeps them. */
import type { Pool } from 'pg';
import type { Chain } from '../events/event.js';
import type { Located } from './projection.js';
import { PROJECTIONS } from './registry.js';

/**
 * @param chain where it is looked for; null: on every chain
 * @returns what the first projection that knows the hash says of it, in chain order; none when nobody does
 */
export async function locateTransactions(
  { pool }: { readonly pool: Pool },
  hash: string,
  chain: Chain | null,
): Promise<readonly Located[]> {
  for (const { locate } of PROJECTIONS) {
    const found = (await locate?.(pool, hash, chain)) ?? [];
    if (found.length > 0) return found;
  }
  return [];
}
