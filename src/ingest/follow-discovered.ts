/** What earlier blocks made ours, told to a reader that starts after them. */
import type { Pool } from 'pg';
import { listDiscovered } from '../store/discovered.js';
import type { ChainReader } from './reader.js';

/**
 * Makes the reader follow it. Before anything is read: a transaction would else be read as holding less than it does, and its
 * events be replaced by fewer.
 * @returns address → the block since which it is followed
 */
export async function followDiscovered(
  reader: Pick<ChainReader, 'chain' | 'discovers' | 'follow'>,
  db: { readonly pool: Pool },
): Promise<Map<string, number>> {
  if (!reader.discovers) return new Map();
  const followed = await listDiscovered(db, reader.chain);
  reader.follow(followed.keys());
  return followed;
}
