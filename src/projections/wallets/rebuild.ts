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
import { deletePlaceholders, deleteWallets } from './delete-wallets.js';
import { firstMentions } from './first-mentions.js';
import { insertWallets } from './insert-wallets.js';
import { walletsOf } from './mentions.js';

export async function revert(client: PoolClient, rows: readonly LedgerRow[]): Promise<RowCounts> {
  return refresh(client, chainOf(rows), sortedKeys(rows.flatMap(walletsOf)));
}

/**
 * A wallet without a person is deleted and inserted again with its link. One that belongs to a person keeps
 * its row and gets only its user and its date again.
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
  await client.query(`UPDATE "Wallet" SET "userId" = NULL WHERE address = ANY($1)`, [[...seen.keys()]]);
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
  // Locked before the events are looked at: of two batches that withdraw the last two events of a wallet, the
  // second sees what the first has left.
  await client.query(`SELECT 1 FROM "Wallet" WHERE address = ANY($1) ORDER BY address FOR UPDATE`, [touched]);
  const seen = await firstMentions(client, chain, touched);
  const gone = touched.filter((address) => !seen.has(address));
  const deleted = await deleteWallets(client, gone);
  const users = await deletePlaceholders(client, gone);
  const seenOf = (address: string): number => seen.get(address) ?? 0;
  const dated = await dateWallets(client, [...seen.keys()].sort(), seenOf, 'different');
  return { User: users, Wallet: deleted + dated };
}
