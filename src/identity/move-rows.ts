/** The statements that find and move the rows of a wallet, a few at a time. */
import type { Pool, PoolClient } from 'pg';
import type { MovedTable } from './moved-tables.js';

export interface Move {
  readonly address: string;
  readonly sources: readonly string[];
  readonly target: string;
  /** See `wallet_move`; null until it is known. */
  readonly since: string | null;
}

/**
 * Ids of rows in which the column names a former user of the wallet, at most `limit`. Reads without a lock.
 * Rows that are moved drop out of the column's index, so what is left needs no place to be remembered.
 */
export async function rowsToMove(
  pool: Pool,
  { name, columns }: MovedTable,
  column: string,
  { address, sources }: Move,
  limit: number,
): Promise<string[]> {
  const { rows } = await pool.query<{ id: string }>(
    `SELECT t.id FROM "${name}" t WHERE t."${column}" = ANY($1) AND (${columns[column]}) = $2 LIMIT ${limit}`,
    [sources, address],
  );
  return rows.map(({ id }) => id);
}

/**
 * Gives the rows to the target, in every column that names a former user of this wallet.
 * @returns rows moved
 */
export async function moveRows(
  client: PoolClient,
  { name, order, columns }: MovedTable,
  { address, sources, target }: Move,
  ids: readonly string[],
): Promise<number> {
  const isOurs = ([column, of]: readonly [string, string]) => `t."${column}" = ANY($1) AND (${of}) = $2`;
  const entries = Object.entries(columns);
  const set = entries.map(
    (entry) => `"${entry[0]}" = CASE WHEN ${isOurs(entry)} THEN $3 ELSE t."${entry[0]}" END`,
  );
  const { rowCount } = await client.query(
    `UPDATE "${name}" t SET ${set.join(', ')}
       FROM (SELECT id FROM "${name}" WHERE id = ANY($4) ORDER BY "${order}" FOR UPDATE) named
      WHERE t.id = named.id AND (${entries.map((entry) => `(${isOurs(entry)})`).join(' OR ')})`,
    [sources, address, target, ids],
  );
  return rowCount ?? 0;
}

/**
 * Stakes name their user and the user's MusicToken row; the wallet's index finds them.
 * @returns rows moved, at most `limit`
 */
export async function moveStakes(
  client: PoolClient,
  { address, target }: Move,
  limit: number,
): Promise<number> {
  const { rowCount } = await client.query(
    `UPDATE "Staking" s SET "userId" = $2, "tokenId" = m.id
       FROM (SELECT id FROM "Staking" WHERE "walletAddress" = $1 AND "userId" <> $2 ORDER BY id LIMIT ${limit}) named,
            "MusicToken" m
      WHERE s.id = named.id AND m."userId" = $2 AND m.chain = s.chain`,
    [address, target],
  );
  return rowCount ?? 0;
}
