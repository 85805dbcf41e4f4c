/**
 * Wallets made anew from what the ledger names: when events are withdrawn, and when rows are found to be
 * wrong.
 */
import type { PoolClient } from 'pg';
import type { Chain } from '../../events/event.js';
import { rowId } from '../../store/ids.js';
import type { LedgerRow } from '../../store/ledger/ledger.js';
import { isExpected, isOrphan, keysOf } from '../derived-table.js';
import { chainOf, type Damage, type RowCounts, sortedKeys } from '../projection.js';
import { MENTIONS, walletsOf } from './mentions.js';
import { dateWallets, insertWallets } from './write.js';

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

/** Address → time of the first event that names it, Unix seconds; without those that none names. */
async function firstMentions(
  client: PoolClient,
  chain: Chain | undefined,
  addresses: readonly string[],
): Promise<Map<string, number>> {
  const { rows } = await client.query<{ address: string; seen: number }>(
    `SELECT address, extract(epoch FROM min(COALESCE(block_time, 'epoch')))::float8 AS seen
       FROM (${MENTIONS}) m GROUP BY address`,
    [chain, addresses],
  );
  return new Map(rows.map((row) => [row.address, row.seen]));
}

/** With their links. @returns the users of the wallets deleted, one each */
async function deleteWallets(client: PoolClient, addresses: readonly string[]): Promise<(string | null)[]> {
  if (addresses.length === 0) return [];
  await client.query(
    `DELETE FROM "UserWallet" l USING "Wallet" w WHERE l."walletId" = w.id AND w.address = ANY($1)`,
    [addresses],
  );
  const { rows } = await client.query<{ userId: string | null }>(
    `DELETE FROM "Wallet" WHERE address = ANY($1) RETURNING "userId"`,
    [addresses],
  );
  return rows.map((row) => row.userId);
}
