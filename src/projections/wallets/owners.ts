/** Which user a wallet belongs to, asked once a batch: every projection's rows refer to users. */
import type { PoolClient } from 'pg';

export interface KnownWallet {
  /** Id of its user; null when it has none. */
  readonly user: string | null;
  /** Unix seconds. */
  readonly created: number;
}

/**
 * By address, as far as this database transaction has asked. One map a transaction: wallets change hands
 * between them.
 */
export type Owners = Map<string, KnownWallet>;

/** Reads the addresses that `owners` does not hold yet. Those that have no wallet stay out of it. */
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
