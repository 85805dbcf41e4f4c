/** Which user a wallet belongs to, asked once a batch: every projection's rows refer to users. */
import type { PoolClient } from 'pg';

/** Address → user id, as far as this database transaction has asked. One map a transaction: wallets change hands between them. */
export type Owners = Map<string, string>;

/** Reads the addresses that `owners` does not hold yet. Those that have no wallet stay out of it. */
export async function readOwners(client: PoolClient, owners: Owners, addresses: Iterable<string>): Promise<Owners> {
  const missing = [...new Set(addresses)].filter((address) => !owners.has(address));
  if (missing.length === 0) return owners;
  const { rows } = await client.query<{ address: string; user: string | null }>(
    `SELECT address, "userId" AS "user" FROM "Wallet" WHERE address = ANY($1)`,
    [missing],
  );
  for (const { address, user } of rows) if (user !== null) owners.set(address, user);
  return owners;
}
