/**
 * Makes wallets again from the events that name them: after events were withdrawn, and when verify found
 * wrong rows.
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
 * An unclaimed wallet is deleted and inserted again with its link. A wallet that a person claimed keeps its
 * row and only gets its date corrected.
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
 * Deletes wallets that no event names any more, with their links and placeholder users. The others get the
 * exact time of their first event as their date.
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
  // Keep a user who still owns another wallet or is no placeholder any more.
  const { rowCount } = await client.query(
    `DELETE FROM "User" u WHERE u.id = ANY($1) AND u."isPlaceholder"
        AND NOT EXISTS (SELECT 1 FROM "Wallet" w WHERE w."userId" = u.id)`,
    [users],
  );
  const seenOf = (address: string): number => seen.get(address) ?? 0;
  const dated = await dateWallets(client, [...seen.keys()].sort(), seenOf, 'different');
  return { User: rowCount ?? 0, Wallet: users.length + dated };
}
