import type { PoolClient } from 'pg';

/**
 * Deletes the wallets with their links.
 * @returns the user of each deleted wallet
 */
export async function deleteWallets(
  client: PoolClient,
  addresses: readonly string[],
): Promise<(string | null)[]> {
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
