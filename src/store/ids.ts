/**
 * Ids of the rows that the indexer makes. They are derived from the natural key, so that every process makes
 * the same id.
 */
import { hash } from 'node:crypto';

/** @returns 24 URL-safe characters: a letter that names the table, and 138 bits of the key's sha256 */
export function rowId(
  table: 'user' | 'wallet' | 'link' | 'nft' | 'token' | 'stake' | 'metadata',
  ...key: readonly (string | number)[]
): string {
  return table.charAt(0) + hash('sha256', [table, ...key].join('\n'), 'base64url').slice(0, 23);
}
