/** Sums balances again from the ledger: after events were withdrawn, and when verify found wrong rows. */
import type { PoolClient } from 'pg';
import type { Chain } from '../../events/event.js';
import { type LedgerRow, readLedger } from '../../store/ledger/ledger.js';
import { chainOf, type Damage, type ProjectionContext, type RowCounts, sortedKeys } from '../projection.js';
import { differencesOf, isOrphan, keysOf } from '../row-difference.js';
import { balanceDeltas } from './balance-deltas.js';
import { MUSIC_TOKEN, WALLET_BALANCE, WALLET_MUSIC } from './compare.js';
import { musicDeltas, platformTokenOn } from './music-deltas.js';
import { addWalletMusic, deleteEmptyMusic, sumMusic } from './music-of-wallets.js';
import { addBalances, balanceInput } from './write-balances.js';

export async function revert(
  client: PoolClient,
  rows: readonly LedgerRow[],
  context: ProjectionContext,
): Promise<RowCounts> {
  const chain = chainOf(rows);
  const named = [...balanceDeltas(rows), ...musicDeltas(rows, context)].map((delta) => delta.address);
  if (!chain || named.length === 0) return {};
  const addresses = sortedKeys(named);
  const counts = await sumWallets(client, chain, addresses, context);
  const users = await usersOf(client, chain, addresses);
  await sumMusic(client, chain, users);
  // A row that is left empty belongs to a user without any event on this chain. No stake refers to it:
  // reverting goes in reverse order, so the user's Staking rows are deleted already.
  await deleteEmptyMusic(client, chain, users);
  return { ...counts, MusicToken: users.length };
}

export async function restore(client: PoolClient, damage: Damage): Promise<void> {
  const { chain, context } = damage;
  await sumWallets(client, chain, holdersOf(damage), context);
  await sumMusic(client, chain, await usersNamed(client, damage));
}

/**
 * Deletes MusicToken rows that summing left empty, and orphans that belong to no wallet. An address without a
 * Wallet row has no event in the ledger, and any event that arrives meanwhile makes its Wallet row first.
 */
export async function remove(client: PoolClient, damage: Damage): Promise<void> {
  const { chain, differences } = damage;
  await deleteEmptyMusic(client, chain, await usersNamed(client, damage));
  const orphans = differences.filter(isOrphan);
  for (const table of [WALLET_BALANCE.name, WALLET_MUSIC.name]) {
    await client.query(
      `DELETE FROM "${table}" b WHERE chain = $1 AND address = ANY($2)
          AND NOT EXISTS (SELECT 1 FROM "Wallet" w WHERE w.address = b.address)`,
      [chain, keysOf(differencesOf(orphans, table), 'address')],
    );
  }
  await client.query(
    `DELETE FROM "MusicToken" m WHERE chain = $1 AND "userId" = ANY($2)
        AND NOT EXISTS (SELECT 1 FROM "Wallet" w WHERE w."userId" = m."userId" AND w.chain = $1)
        AND NOT EXISTS (SELECT 1 FROM "Staking" s WHERE s."tokenId" = m.id)`,
    [chain, keysOf(differencesOf(orphans, MUSIC_TOKEN.name), 'userId')],
  );
}

/** Addresses of the wallets whose sums differ. */
function holdersOf({ differences }: Damage): string[] {
  return sortedKeys(
    [WALLET_BALANCE, WALLET_MUSIC].flatMap(({ name }) => keysOf(differencesOf(differences, name), 'address')),
  );
}

/** Users whose MusicToken row differs, and those of the wallets whose sums differ. */
async function usersNamed(client: PoolClient, damage: Damage): Promise<string[]> {
  const owners = await usersOf(client, damage.chain, holdersOf(damage));
  return sortedKeys([...owners, ...keysOf(differencesOf(damage.differences, MUSIC_TOKEN.name), 'userId')]);
}

async function usersOf(client: PoolClient, chain: Chain, addresses: readonly string[]): Promise<string[]> {
  const { rows } = await client.query<{ user: string }>(
    `SELECT "userId" AS "user" FROM "Wallet" WHERE chain = $1 AND address = ANY($2) AND "userId" IS NOT NULL`,
    [chain, addresses],
  );
  return sortedKeys(rows.map(({ user }) => user));
}

/** Sums the balances of wallets, and what they have of the platform's token, again. */
async function sumWallets(
  client: PoolClient,
  chain: Chain,
  addresses: readonly string[],
  context: ProjectionContext,
): Promise<RowCounts> {
  if (addresses.length === 0) return {};
  await client.query(
    `SELECT 1 FROM wallet_balance WHERE chain = $1 AND address = ANY($2) ORDER BY token, address FOR UPDATE`,
    [chain, addresses],
  );
  await client.query(
    `SELECT 1 FROM wallet_music WHERE chain = $1 AND address = ANY($2) ORDER BY address FOR UPDATE`,
    [chain, addresses],
  );
  const kept = await readLedger(
    client,
    `l.chain = $1 AND l.outcome = 'ok' AND (l.sender = ANY($2) OR EXISTS (
       SELECT 1 FROM jsonb_array_elements(l.facts->'movements') movement WHERE movement->>'owner' = ANY($2)))`,
    [chain, addresses],
  );
  const ours = new Set(addresses);
  const balances = balanceDeltas(kept).filter((delta) => ours.has(delta.address));
  const music = musicDeltas(kept, context).filter((delta) => ours.has(delta.address));
  const of = [chain, addresses];
  const removed = await client.query(`DELETE FROM wallet_balance WHERE chain = $1 AND address = ANY($2)`, of);
  if (balances.length > 0) await addBalances(client, chain, balanceInput(balances));
  const forgotten = await client.query(`DELETE FROM wallet_music WHERE chain = $1 AND address = ANY($2)`, of);
  await addWalletMusic(client, chain, music, platformTokenOn(context, chain)?.decimals ?? 0);
  return { wallet_balance: removed.rowCount ?? 0, wallet_music: forgotten.rowCount ?? 0 };
}
