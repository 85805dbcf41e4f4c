/** Sums balances again from the ledger: after events were withdrawn, and when verify found wrong rows. */
import type { PoolClient } from 'pg';
import type { Chain } from '../../events/event.js';
import { type LedgerRow, readLedger } from '../../store/ledger/ledger.js';
import { chainOf, type Damage, type ProjectionContext, type RowCounts, sortedKeys } from '../projection.js';
import { differencesOf, isOrphan, keysOf } from '../row-difference.js';
import { balanceDeltas } from './balance-deltas.js';
import { MUSIC_TOKEN, WALLET_BALANCE } from './compare.js';
import { musicDeltas } from './music-deltas.js';
import { addBalances, balanceInput } from './write-balances.js';
import { addMusic } from './write-music.js';

export async function revert(
  client: PoolClient,
  rows: readonly LedgerRow[],
  context: ProjectionContext,
): Promise<RowCounts> {
  const chain = chainOf(rows);
  const named = [...balanceDeltas(rows), ...musicDeltas(rows, context)].map((delta) => delta.address);
  if (!chain || named.length === 0) return {};
  const owned = await ownedTogether(client, chain, sortedKeys(named));
  const counts = await sumAnew(client, chain, owned, context);
  // A row still dated to infinity belongs to a user without any event on this chain. No stake refers to it:
  // reverting goes in reverse order, so the user's Staking rows are deleted already.
  await deleteEmptyMusic(client, chain, usersOf(owned));
  return counts;
}

export async function restore(client: PoolClient, damage: Damage): Promise<void> {
  const owned = await ownedTogether(client, damage.chain, await namedBy(client, damage));
  await sumAnew(client, damage.chain, owned, damage.context);
}

/**
 * Deletes MusicToken rows that summing left empty, and orphans that belong to no wallet. An address without a
 * Wallet row has no event in the ledger, and any event that arrives meanwhile makes its Wallet row first.
 */
export async function remove(client: PoolClient, damage: Damage): Promise<void> {
  const { chain, differences } = damage;
  const owned = await ownedTogether(client, chain, await namedBy(client, damage));
  await deleteEmptyMusic(client, chain, usersOf(owned));
  const orphans = differences.filter(isOrphan);
  await client.query(
    `DELETE FROM wallet_balance b WHERE chain = $1 AND address = ANY($2)
        AND NOT EXISTS (SELECT 1 FROM "Wallet" w WHERE w.address = b.address)`,
    [chain, keysOf(differencesOf(orphans, WALLET_BALANCE.name), 'address')],
  );
  await client.query(
    `DELETE FROM "MusicToken" m WHERE chain = $1 AND "userId" = ANY($2)
        AND NOT EXISTS (SELECT 1 FROM "Wallet" w WHERE w."userId" = m."userId" AND w.chain = $1)`,
    [chain, keysOf(differencesOf(orphans, MUSIC_TOKEN.name), 'userId')],
  );
}

/**
 * Addresses of the wallets whose balance differs, and of all wallets of users whose MusicToken row differs.
 */
async function namedBy(client: PoolClient, { chain, differences }: Damage): Promise<string[]> {
  const users = keysOf(differencesOf(differences, MUSIC_TOKEN.name), 'userId');
  const { rows } = await client.query<{ address: string }>(
    `SELECT address FROM "Wallet" WHERE chain = $1 AND "userId" = ANY($2)`,
    [chain, users],
  );
  const holders = keysOf(differencesOf(differences, WALLET_BALANCE.name), 'address');
  return sortedKeys([...holders, ...rows.map((row) => row.address)]);
}

/** A wallet and the user that owns it. */
interface Owned {
  readonly address: string;
  readonly user: string;
}

/** All wallets of the users who own the named wallets: a MusicToken row is the sum over all of them. */
async function ownedTogether(client: PoolClient, chain: Chain, named: readonly string[]): Promise<Owned[]> {
  if (named.length === 0) return [];
  const { rows } = await client.query<Owned>(
    `SELECT address, "userId" AS "user" FROM "Wallet"
      WHERE chain = $1 AND "userId" IN (SELECT "userId" FROM "Wallet" WHERE address = ANY($2))`,
    [chain, named],
  );
  return rows;
}

function usersOf(owned: readonly Owned[]): string[] {
  return sortedKeys(owned.map((wallet) => wallet.user));
}

/**
 * Sums balances of the wallets and MusicToken rows of their users again. A MusicToken row without any event
 * left stays, empty and dated to infinity, until {@link deleteEmptyMusic}, because stakes may still refer to
 * it.
 */
async function sumAnew(
  client: PoolClient,
  chain: Chain,
  owned: readonly Owned[],
  context: ProjectionContext,
): Promise<RowCounts> {
  const addresses = sortedKeys(owned.map((wallet) => wallet.address));
  const users = usersOf(owned);
  if (addresses.length === 0) return {};
  await lock(client, chain, addresses, users);
  const kept = await readLedger(
    client,
    `l.chain = $1 AND l.outcome = 'ok' AND (l.sender = ANY($2) OR EXISTS (
       SELECT 1 FROM jsonb_array_elements(l.facts->'movements') movement WHERE movement->>'owner' = ANY($2)))`,
    [chain, addresses],
  );
  const ours = new Set(addresses);
  const balances = balanceDeltas(kept).filter((delta) => ours.has(delta.address));
  const music = musicDeltas(kept, context).filter((delta) => ours.has(delta.address));
  const removed = await client.query(`DELETE FROM wallet_balance WHERE chain = $1 AND address = ANY($2)`, [
    chain,
    addresses,
  ]);
  if (balances.length > 0) await addBalances(client, chain, balanceInput(balances));
  await client.query(
    `UPDATE "MusicToken" SET balance = 0, "totalEarned" = 0, "totalSpent" = 0, "lastClaimed" = NULL,
                             "createdAt" = 'infinity', "updatedAt" = '-infinity'
      WHERE chain = $1 AND "userId" = ANY($2)`,
    [chain, users],
  );
  const owners = new Map(owned.map(({ address, user }) => [address, { user, created: 0 }]));
  await addMusic(client, chain, music, context, owners);
  return { wallet_balance: removed.rowCount ?? 0, MusicToken: users.length };
}

async function lock(
  client: PoolClient,
  chain: Chain,
  addresses: readonly string[],
  users: readonly string[],
): Promise<void> {
  await client.query(
    `SELECT 1 FROM wallet_balance WHERE chain = $1 AND address = ANY($2) ORDER BY token, address FOR UPDATE`,
    [chain, addresses],
  );
  await client.query(
    `SELECT 1 FROM "MusicToken" WHERE chain = $1 AND "userId" = ANY($2) ORDER BY "userId" FOR UPDATE`,
    [chain, users],
  );
}

async function deleteEmptyMusic(client: PoolClient, chain: Chain, users: readonly string[]): Promise<void> {
  await client.query(
    `DELETE FROM "MusicToken" WHERE chain = $1 AND "userId" = ANY($2) AND "createdAt" = 'infinity'`,
    [chain, users],
  );
}
