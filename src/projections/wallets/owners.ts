/**
 * Which user a wallet belongs to. Read once per batch, because the rows of every projection refer to users.
 *
 * Nothing keeps the user from changing before the batch commits. The rows of the batch are then given to the
 * former owner, and the worker that moves wallets (src/identity/) moves them after the batch: it waits for
 * every transaction that has an id and is older than the change. So whoever reads owners to write rows must
 * have written something before, or called pg_current_xact_id().
 */
import type { PoolClient } from 'pg';

export interface KnownWallet {
  /** Id of the wallet's user: a person or the placeholder. */
  readonly user: string;
  /** Time of the first event that names the wallet, as stored; null when none did so far. Unix seconds. */
  readonly seen: number | null;
}

/**
 * Wallets by address, as far as this database transaction has read them. Each database transaction needs its
 * own map, because a wallet may get another user between two of them.
 */
export type Owners = Map<string, KnownWallet>;

/**
 * Reads the addresses that `owners` does not hold yet and adds them to it. Addresses without a Wallet row
 * stay out, and so do wallets that the platform has inserted and that no event has named yet.
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
    `SELECT address, "userId" AS "user", extract(epoch FROM "firstSeen")::float8 AS seen FROM "Wallet"
      WHERE address = ANY($1) AND "userId" IS NOT NULL`,
    [missing],
  );
  for (const { address, user, seen } of rows) owners.set(address, { user, seen });
  return owners;
}
