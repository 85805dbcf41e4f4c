/** The statements that write Wallet, UserWallet and placeholder users. */
import type { PoolClient } from 'pg';
import type { Chain } from '../../events/event.js';
import { bulk, utc } from '../../store/bulk.js';
import { rowId } from '../../store/ids.js';

/**
 * Makes those that have no row yet, each with its link and placeholder user. @returns rows inserted by table
 */
export async function insertWallets(
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
       SELECT user_id, true, seen, seen FROM fresh WHERE claimed_by IS NULL
       ON CONFLICT DO NOTHING RETURNING 1),
     wallets AS (
       INSERT INTO "Wallet" (id, address, chain, "userId", "createdAt", "updatedAt")
       SELECT wallet_id, address, $1, COALESCE(claimed_by, user_id), seen, seen FROM fresh
       ON CONFLICT DO NOTHING RETURNING 1),
     links AS (
       INSERT INTO "UserWallet" (id, "userId", "walletId", "createdAt")
       SELECT link_id, COALESCE(claimed_by, user_id), wallet_id, seen FROM fresh
       ON CONFLICT DO NOTHING RETURNING 1)
     SELECT (SELECT count(*)::int FROM users) AS users, (SELECT count(*)::int FROM wallets) AS wallets,
            (SELECT count(*)::int FROM links) AS links`,
    [chain, ...input.values],
  );
  const { users = 0, wallets = 0, links = 0 } = counts[0] ?? {};
  return { User: users, Wallet: wallets, UserWallet: links };
}

/**
 * Which wallets are dated anew: those whose first event is older than the row says, those of another date, or
 * all.
 */
type Dated = 'earlier' | 'different' | 'all';
const DATED: Readonly<Record<Dated, string>> = {
  earlier: 'w."createdAt" > i.seen',
  different: 'w."createdAt" <> i.seen',
  all: 'true',
};

/**
 * Dates wallets, their links and their placeholder users to `seenOf`, Unix seconds. Backfill runs in any
 * order: an event older than the wallet's first known one moves its creation back.
 * @returns wallets changed
 */
export async function dateWallets(
  client: PoolClient,
  addresses: readonly string[],
  seenOf: (address: string) => number,
  which: Dated = 'earlier',
): Promise<number> {
  if (addresses.length === 0) return 0;
  const input = bulk(addresses, { address: ['text', (address) => address], seen: ['float8', seenOf] });
  const { rowCount } = await client.query(
    `WITH input AS (SELECT address, ${utc('seen')} AS seen FROM ${input.from}),
     late AS (
       SELECT w.id, w."userId", i.seen FROM "Wallet" w JOIN input i ON i.address = w.address
        WHERE ${DATED[which]} ORDER BY w.address FOR UPDATE OF w),
     links AS (
       UPDATE "UserWallet" l SET "createdAt" = late.seen FROM late
        WHERE l."walletId" = late.id AND l."userId" = late."userId"),
     users AS (
       UPDATE "User" u SET "createdAt" = late.seen, "updatedAt" = late.seen FROM late
        WHERE u.id = late."userId" AND u."isPlaceholder")
     UPDATE "Wallet" w SET "createdAt" = late.seen, "updatedAt" = late.seen FROM late WHERE w.id = late.id`,
    [...input.values],
  );
  return rowCount ?? 0;
}
