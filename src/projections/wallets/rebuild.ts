/**
 * Wallets made anew from what the ledger names: when events are withdrawn, and when rows are found to be
 * wrong.
 */
import type { PoolClient } from 'pg';
import type { Chain } from '../../events/event.js';
import { rowId } from '../../store/ids.js';
import type { LedgerRow } from '../../store/ledger/ledger.js';
import { chainOf, type Damage, type RowCounts, sortedKeys } from '../projection.js';
import { isExpected, isOrphan, keysOf } from '../row-difference.js';
import { dateWallets } from './date-wallets.js';
import { deleteWallets } from './delete-wallets.js';
import { firstMentions } from './first-mentions.js';
import { insertWallets } from './insert-wallets.js';
import { walletsOf } from './mentions.js';

export async function revert(client: PoolClient, rows: readonly LedgerRow[]): Promise<RowCounts> {
  return refresh(client, chainOf(rows), sortedKeys(rows.flatMap(walletsOf)));
}

/**
 * A wallet of nobody yet is made again with its link; one that a person claimed keeps its row, which is
 * dated.
 */
export async function restore(client: PoolClient, { chain, differences }: Damage): Promise<void> {
  const ours = differences.filter(isExpected);
  const seen = await firstMentions(client, chain, sortedKeys(keysOf(ours, 'address')));
  const placeholders = sortedKeys(
    keysOf(
      ours.filter(({ expected }) => expected?.placeholder === 'true'),
      'address',
    ),
  ).filter((address) => seen.has(address));
  const seenOf = (address: string): number => seen.get(address) ?? 0;
  await deleteWallets(client, placeholders);
  const missing = [...seen.keys()].sort().map((address) => ({ address, userId: rowId('user', address) }));
  await insertWallets(client, chain, missing, seenOf);
  await dateWallets(client, placeholders, seenOf, 'all');
  await dateWallets(client, [...seen.keys()].sort(), seenOf);
}

export async function remove(client: PoolClient, { chain, differences }: Damage): Promise<void> {
  await refresh(client, chain, sortedKeys(keysOf(differences.filter(isOrphan), 'address')));
}

/**
 * Wallets that no event names any more go, with their links and placeholder users; the others are dated
 * exactly.
 */
async function refresh(
  client: PoolClient,
  chain: Chain | undefined,
  touched: readonly string[],
): Promise<RowCounts> {
  if (touched.length === 0) return {};
  const seen = await firstMentions(client, chain, touched);
  const gone = touched.filter((address) => !seen.has(address));
  const users = await deleteWallets(client, gone);
  // A placeholder that still owns another wallet, or that the platform has written to, stays.
  const { rowCount } = await client.query(
    `DELETE FROM "User" u WHERE u.id = ANY($1) AND u."isPlaceholder"
        AND NOT EXISTS (SELECT 1 FROM "Wallet" w WHERE w."userId" = u.id)`,
    [users],
  );
  const seenOf = (address: string): number => seen.get(address) ?? 0;
  const dated = await dateWallets(client, [...seen.keys()].sort(), seenOf, 'different');
  return { User: rowCount ?? 0, Wallet: users.length + dated };
}
