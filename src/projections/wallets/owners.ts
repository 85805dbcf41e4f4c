/**
 * Which user a wallet belongs to. Read once per batch, because the rows of every projection refer to users.
 */
import type { PoolClient } from 'pg';

export interface KnownWallet {
  /** Id of the wallet's user; null when it has none. */
  readonly user: string | null;
  /** Stored creation date, Unix seconds. */
  readonly created: number;
}

/**
 * Wallets by address, as far as this database transaction has read them. Each database transaction needs its
 * own map, because a wallet may get another user between two of them.
 */
export type Owners = Map<string, KnownWallet>;

/**
 * Reads the addresses that `owners` does not hold yet and adds them to it. Addresses without a Wallet row
 * stay out.
 * @returns `owners` itself
 */
export async function readOwners(
  client: PoolClient,
  owners: Owners,
  addresses: Iterable<string>,
): Promise<Owners> {
  const missing = [...new Set(addresses)].filter((address) => !owners.has(address));
  if (missing.length === 0) return owners;
  const { rows } = await client.query<KnownWallet & { address: string }>(
    `SELECT address, "userId" AS "user", extract(epoch FROM "createdAt")::float8 AS created FROM "Wallet" WHERE address = ANY($1)`,
    [missing],
  );
  for (const { address, user, created } of rows) owners.set(address, { user, created });
  return owners;
}
