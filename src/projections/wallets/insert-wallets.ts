/** The statement that inserts wallets, their links and their placeholder users. */
import type { PoolClient } from 'pg';
import type { Chain } from '../../events/event.js';
import { bulk, utc } from '../../store/bulk.js';
import { rowId } from '../../store/ids.js';

/**
 * Inserts the wallets that have no row yet, each with its link and, unless a platform user has claimed the
 * address, a placeholder user.
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
