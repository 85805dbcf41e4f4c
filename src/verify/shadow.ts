/**
 * Gives a snapshot of the database with empty copies of the derived tables in front of the real ones: what
 * projections write goes to the copies. The transaction is read-only, so that PostgreSQL itself refuses a
 * write to anything else.
 */
import type { Pool, PoolClient } from 'pg';
import type { Chain } from '../events/event.js';
import { PROJECTIONS } from '../projections/registry.js';

/** Runs `work` on the snapshot. Everything that it writes is gone afterwards. */
export async function withShadow<T>(
  pool: Pool,
  chain: Chain,
  work: (client: PoolClient) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
    // Temporary tables are found before those of any other schema.
    await client.query(
      `SET LOCAL temp_buffers = '64MB'; SET LOCAL work_mem = '64MB'; SET LOCAL statement_timeout = 0; SET LOCAL jit = off`,
    );
    const tables = PROJECTIONS.flatMap(({ tables }) => tables.flatMap(({ writes }) => writes));
    for (const { name } of tables)
      await client.query(`CREATE TEMP TABLE "${name}" (LIKE public."${name}" INCLUDING ALL) ON COMMIT DROP`);
    await dropIndexes(
      client,
      tables.filter((table) => table.keepIndexes).map((table) => table.name),
    );
    await client.query('SET TRANSACTION READ ONLY');
    for (const projection of PROJECTIONS) await projection.seed?.(client, chain);
    return await work(client);
  } finally {
    // Ends the session, and with it the temporary tables, even when it cannot roll back any more.
    client.release(true);
  }
}

/**
 * Drops the indexes of the copies, except unique ones and those of the tables in `keep`: an index costs as
 * much as the rows, and nothing is looked up by these.
 */
async function dropIndexes(client: PoolClient, keep: readonly string[]): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT i.indexrelid::regclass::text AS name FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid
      WHERE t.relnamespace = pg_my_temp_schema() AND NOT i.indisunique AND NOT (t.relname = ANY($1))`,
    [keep],
  );
  for (const { name } of rows) await client.query(`DROP INDEX ${name}`);
}
