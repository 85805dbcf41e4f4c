/** The statement that inserts wallets, their links and their placeholder users. */
import type { PoolClient } from 'pg';
import type { Chain } from '../../events/event.js';
import { bulk, utc } from '../../store/bulk.js';
import { rowId } from '../../store/ids.js';
import { newestLink } from './person.js';

/**
 * Inserts the wallets that have no row yet. A wallet belongs to the user of its newest link; one that nobody
 * has linked gets a placeholder user, and a link to it. A row that the platform has inserted stays as it is
 * and gets only its user and the time of its first event.
 * @param seenOf time of the first event that names the address, Unix seconds
 * @returns rows inserted by table
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
       SELECT i.*, w.id AS standing, person.user_id AS person FROM input i
         LEFT JOIN "Wallet" w ON w.address = i.address
         LEFT JOIN LATERAL ${newestLink('i.address')} person ON true
        WHERE w.id IS NULL OR w."userId" IS NULL ORDER BY i.address),
     users AS (
       INSERT INTO "User" (id, "isPlaceholder", "createdAt", "updatedAt")
       SELECT user_id, true, seen, seen FROM fresh WHERE person IS NULL
       ON CONFLICT DO NOTHING RETURNING 1),
     wallets AS (
       INSERT INTO "Wallet" (id, address, chain, "userId", "firstSeen", "createdAt", "updatedAt")
       SELECT wallet_id, address, $1, COALESCE(person, user_id), seen, seen, seen FROM fresh
        WHERE standing IS NULL
       ON CONFLICT DO NOTHING RETURNING 1),
     met AS (
       UPDATE "Wallet" w SET "userId" = COALESCE(person, user_id), "firstSeen" = seen FROM fresh
        WHERE w.id = standing AND w."userId" IS NULL RETURNING 1),
     links AS (
       INSERT INTO "UserWallet" (id, "userId", "walletId", "createdAt")
       SELECT link_id, user_id, COALESCE(standing, wallet_id), seen FROM fresh WHERE person IS NULL
       ON CONFLICT DO NOTHING RETURNING 1)
     SELECT (SELECT count(*)::int FROM users) AS users,
            (SELECT count(*)::int FROM wallets) + (SELECT count(*)::int FROM met) AS wallets,
            (SELECT count(*)::int FROM links) AS links`,
    [chain, ...input.values],
  );
  const { users = 0, wallets = 0, links = 0 } = counts[0] ?? {};
  return { User: users, Wallet: wallets, UserWallet: links };
}
