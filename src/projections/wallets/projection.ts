/**
 * Wallet, UserWallet and the placeholder User behind every address that an event names. Kind: earliest wins (createdAt).
 * A wallet that a platform user already claims (User.walletAddress) is attributed to that user from the start.
 */
import type { PoolClient } from 'pg';
import type { Chain } from '../../events/event.js';
import { bulk, utc } from '../../store/bulk.js';
import { rowId } from '../../store/ids.js';
import type { LedgerRow } from '../../store/ledger.js';
import {
  chainOf,
  type Prepared,
  type Projection,
  type ProjectionContext,
  type RowCounts,
  sortedKeys,
} from '../projection.js';
import { MENTIONS, walletsOf } from './mentions.js';
import { type Owners, readOwners } from './owners.js';

function earliestByWallet(rows: readonly LedgerRow[]): Map<string, number> {
  const earliest = new Map<string, number>();
  for (const row of rows) {
    const time = row.blockTime ?? 0;
    for (const address of walletsOf(row)) {
      const known = earliest.get(address);
      if (known === undefined || time < known) earliest.set(address, time);
    }
  }
  return earliest;
}

async function prepare(
  client: PoolClient,
  rows: readonly LedgerRow[],
  _: ProjectionContext,
  owners: Owners,
): Promise<Prepared> {
  const earliest = earliestByWallet(rows);
  const addresses = sortedKeys(earliest.keys());
  const seenOf = (address: string): number => earliest.get(address) ?? 0;
  await readOwners(client, owners, addresses);
  const missing = addresses
    .filter((address) => !owners.has(address))
    .map((address) => ({ address, userId: rowId('user', address) }));
  return {
    counts: {},
    write: async () => {
      const counts = await insertWallets(client, chainOf(rows), missing, seenOf);
      // Fewer: another worker has made some of them meanwhile, perhaps from a later event, or a platform user had claimed them.
      if (counts.Wallet < missing.length || counts.User < missing.length)
        await readOwners(client, owners, addresses);
      else
        for (const { address, userId } of missing)
          owners.set(address, { user: userId, created: seenOf(address) });
      const late = addresses.filter((address) => (owners.get(address)?.created ?? 0) > seenOf(address));
      const dated = await setEarliest(client, late, seenOf);
      return { ...counts, Wallet: counts.Wallet + dated };
    },
  };
}

async function insertWallets(
  client: PoolClient,
  chain: Chain | undefined,
  missing: readonly { readonly address: string; readonly userId: string }[],
  seenOf: (address: string) => number,
): Promise<{ User: number; Wallet: number; UserWallet: number }> {
  if (missing.length === 0) return { User: 0, Wallet: 0, UserWallet: 0 };
  const input = bulk(
    missing,
    {
      address: ['text', ({ address }) => address],
      seen: ['float8', ({ address }) => seenOf(address)],
      user_id: ['text', ({ userId }) => userId],
      wallet_id: ['text', ({ address }) => rowId('wallet', address)],
      link_id: ['text', ({ address }) => rowId('link', address)],
    },
    2,
  );
  const { rows: counts } = await client.query<{ users: number; wallets: number; links: number }>(
    `WITH input AS (SELECT address, ${utc('seen')} AS seen, user_id, wallet_id, link_id FROM ${input.from}),
     fresh AS (
       SELECT i.*, u.id AS claimed_by FROM input i
         LEFT JOIN "Wallet" w ON w.address = i.address
         LEFT JOIN "User" u ON u."walletAddress" = i.address
        WHERE w.id IS NULL ORDER BY i.address),
     users AS (
       INSERT INTO "User" (id, "isPlaceholder", "createdAt", "updatedAt")
       SELECT user_id, true, seen, seen FROM fresh WHERE claimed_by IS NULL ON CONFLICT DO NOTHING RETURNING 1),
     wallets AS (
       INSERT INTO "Wallet" (id, address, chain, "userId", "createdAt", "updatedAt")
       SELECT wallet_id, address, $1, COALESCE(claimed_by, user_id), seen, seen FROM fresh ON CONFLICT DO NOTHING RETURNING 1),
     links AS (
       INSERT INTO "UserWallet" (id, "userId", "walletId", "createdAt")
       SELECT link_id, COALESCE(claimed_by, user_id), wallet_id, seen FROM fresh ON CONFLICT DO NOTHING RETURNING 1)
     SELECT (SELECT count(*)::int FROM users) AS users, (SELECT count(*)::int FROM wallets) AS wallets, (SELECT count(*)::int FROM links) AS links`,
    [chain, ...input.values],
  );
  const { users = 0, wallets = 0, links = 0 } = counts[0] ?? {};
  return { User: users, Wallet: wallets, UserWallet: links };
}

/** An event older than the wallet's first known one moves its creation back (backfill runs in any order). */
async function setEarliest(
  client: PoolClient,
  addresses: readonly string[],
  seenOf: (address: string) => number,
  exactly = false,
): Promise<number> {
  if (addresses.length === 0) return 0;
  const input = bulk(addresses, { address: ['text', (address) => address], seen: ['float8', seenOf] });
  const { rowCount } = await client.query(
    `WITH input AS (SELECT address, ${utc('seen')} AS seen FROM ${input.from}),
     late AS (
       SELECT w.id, w."userId", i.seen FROM "Wallet" w JOIN input i ON i.address = w.address
        WHERE w."createdAt" ${exactly ? '<>' : '>'} i.seen ORDER BY w.address FOR UPDATE OF w),
     links AS (UPDATE "UserWallet" l SET "createdAt" = late.seen FROM late WHERE l."walletId" = late.id AND l."userId" = late."userId"),
     users AS (UPDATE "User" u SET "createdAt" = late.seen, "updatedAt" = late.seen FROM late WHERE u.id = late."userId" AND u."isPlaceholder")
     UPDATE "Wallet" w SET "createdAt" = late.seen, "updatedAt" = late.seen FROM late WHERE w.id = late.id`,
    [...input.values],
  );
  return rowCount ?? 0;
}

async function revert(client: PoolClient, rows: readonly LedgerRow[]): Promise<RowCounts> {
  const touched = sortedKeys(rows.flatMap(walletsOf));
  const { rows: kept } = await client.query<{ address: string; seen: number }>(
    `SELECT address, extract(epoch FROM min(COALESCE(block_time, 'epoch')))::float8 AS seen FROM (${MENTIONS}) m GROUP BY address`,
    [chainOf(rows), touched],
  );
  const seen = new Map(kept.map((row) => [row.address, row.seen]));
  const gone = touched.filter((address) => !seen.has(address));
  await client.query(
    `DELETE FROM "UserWallet" l USING "Wallet" w WHERE l."walletId" = w.id AND w.address = ANY($1)`,
    [gone],
  );
  const wallets = await client.query<{ userId: string }>(
    `DELETE FROM "Wallet" WHERE address = ANY($1) RETURNING "userId"`,
    [gone],
  );
  // A placeholder that still owns another wallet, or that the platform has written to, stays.
  const users = await client.query(
    `DELETE FROM "User" u WHERE u.id = ANY($1) AND u."isPlaceholder" AND NOT EXISTS (SELECT 1 FROM "Wallet" w WHERE w."userId" = u.id)`,
    [wallets.rows.map((row) => row.userId)],
  );
  const dated = await setEarliest(client, [...seen.keys()].sort(), (address) => seen.get(address) ?? 0, true);
  return { User: users.rowCount ?? 0, Wallet: (wallets.rowCount ?? 0) + dated };
}

export const wallets: Projection = { name: 'wallets', prepare, revert };
