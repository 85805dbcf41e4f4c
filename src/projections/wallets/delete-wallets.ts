/** Takes back what the indexer has inserted for wallets. Nothing that the platform wrote is deleted. */
import type { PoolClient } from 'pg';
import { rowId } from '../../store/ids.js';

/**
 * Deletes the wallets that the indexer has made, with their links to placeholders. A wallet that the platform
 * has inserted, or linked to a person, stays as one that no event has named.
 * @returns rows deleted or changed
 */
export async function deleteWallets(client: PoolClient, addresses: readonly string[]): Promise<number> {
  if (addresses.length === 0) return 0;
  const ids = (table: 'wallet' | 'link' | 'user') => addresses.map((address) => rowId(table, address));
  await client.query(`DELETE FROM "UserWallet" WHERE id = ANY($1)`, [ids('link')]);
  const { rowCount } = await client.query(
    `WITH kept AS (
       UPDATE "Wallet" w SET "firstSeen" = NULL,
              "userId" = CASE WHEN w."userId" = ANY($3) THEN NULL ELSE w."userId" END
        WHERE w.address = ANY($1)
          AND (NOT (w.id = ANY($2)) OR EXISTS (SELECT 1 FROM "UserWallet" l WHERE l."walletId" = w.id))
       RETURNING w.id),
     gone AS (
       DELETE FROM "Wallet" w WHERE w.id = ANY($2)
          AND NOT EXISTS (SELECT 1 FROM "UserWallet" l WHERE l."walletId" = w.id) RETURNING 1)
     SELECT 1 FROM kept UNION ALL SELECT 1 FROM gone`,
    [addresses, ids('wallet'), ids('user')],
  );
  return rowCount ?? 0;
}

/**
 * Deletes the placeholder users of wallets that do not belong to them. While a wallet's rows are moved, its
 * placeholder may still have some, and an empty sum: the end of the move deletes it.
 * @returns users deleted
 * @throws pg's DatabaseError (foreign key or restrict violation) while other rows still name one of them
 */
export async function deletePlaceholders(client: PoolClient, addresses: readonly string[]): Promise<number> {
  const users = addresses.map((address) => rowId('user', address));
  const { rowCount } = await client.query(
    `DELETE FROM "User" u USING unnest($1::text[], $2::text[]) AS t(id, address)
      WHERE u.id = t.id AND u."isPlaceholder"
        AND NOT EXISTS (SELECT 1 FROM "Wallet" w WHERE w."userId" = u.id)
        AND NOT EXISTS (SELECT 1 FROM wallet_move m WHERE m.address = t.address)`,
    [users, addresses],
  );
  return rowCount ?? 0;
}
