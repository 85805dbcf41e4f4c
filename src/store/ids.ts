/**
 * Ids of rows that the indexer makes: derived from the natural key, so that any process makes the same one.
 */
import { hash } from 'node:crypto';

/** 24 characters, url-safe; 132 bits of the key's sha256 behind one letter that names the table. */
export function rowId(
  table: 'user' | 'wallet' | 'link' | 'nft' | 'token' | 'stake',
  ...key: readonly (string | number)[]
): string {
  return table.charAt(0) + hash('sha256', [table, ...key].join('\n'), 'base64url').slice(0, 23);
}
