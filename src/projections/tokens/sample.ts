/** Reads of the table wallet_balance for `verify`, which compares sampled rows with the chain. */
import type { Pool, PoolClient } from 'pg';
import type { Chain } from '../../events/event.js';
import type { Sample } from '../sample.js';

/** A token's address and a wallet's. */
export interface BalanceKey {
  readonly token: string;
  readonly address: string;
}

/** Balances of the chain, chosen at random. */
export async function chooseBalances(pool: Pool, { chain, size, seed }: Sample): Promise<BalanceKey[]> {
  const { rows } = await pool.query<BalanceKey>(
    `SELECT token, address FROM wallet_balance
      WHERE chain = $1 ORDER BY hashtextextended(token || ' ' || address, $2), token, address LIMIT $3`,
    [chain, seed, size],
  );
  return rows;
}

/** Base units by the table, in the order of the keys; 0 where there is no row. */
export async function amountsOf(
  client: PoolClient,
  chain: Chain,
  keys: readonly BalanceKey[],
): Promise<bigint[]> {
  const { rows } = await client.query<{ amount: string | null }>(
    `SELECT b.amount FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS k(token, address, at)
       LEFT JOIN wallet_balance b ON b.chain = $1 AND b.token = k.token AND b.address = k.address
      ORDER BY k.at`,
    [chain, keys.map((key) => key.token), keys.map((key) => key.address)],
  );
  return rows.map(({ amount }) => BigInt(amount ?? 0));
}
