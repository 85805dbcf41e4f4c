/**
 * A snapshot of the database with empty copies of the derived tables in front of the real ones: what projections write
 * inside goes to the copies. The transaction is read-only, so that PostgreSQL itself refuses a write to anything else.
 */
import type { Pool, PoolClient } from 'pg';
import type { Chain } from '../events/event.js';
import { DERIVED_TABLES } from './derived-tables.js';

/** Staking is refolded by wallet; nothing else is looked up but by its unique keys, and indexes cost as much as rows. */
const KEEP_INDEXES = ['Staking'];

/** Runs `work` on the snapshot; whatever it does is gone afterwards. */
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
    for (const table of DERIVED_TABLES.flatMap((derived) => derived.shadows)) {
      await client.query(
        `CREATE TEMP TABLE "${table}" (LIKE public."${table}" INCLUDING ALL) ON COMMIT DROP`,
      );
    }
    await dropIndexes(client);
    await client.query('SET TRANSACTION READ ONLY');
    await seedClaimedWallets(client, chain);
    return await work(client);
  } finally {
    // The session goes with its temporary tables, also when it cannot roll back any more.
    client.release(true);
  }
}

async function dropIndexes(client: PoolClient): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT i.indexrelid::regclass::text AS name FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid
      WHERE t.relnamespace = pg_my_temp_schema() AND NOT i.indisunique AND NOT (t.relname = ANY($1))`,
    [KEEP_INDEXES],
  );
  for (const { name } of rows) await client.query(`DROP INDEX ${name}`);
}

/** Whose wallet it is is said by the platform, not by the ledger: rows are attributed to the same users here. */
async function seedClaimedWallets(client: PoolClient, chain: Chain): Promise<void> {
  await client.query(
    `INSERT INTO pg_temp."Wallet" SELECT w.* FROM public."Wallet" w
      WHERE w.chain = $1 AND NOT EXISTS (SELECT 1 FROM public."User" u WHERE u.id = w."userId" AND u."isPlaceholder")`,
    [chain],
  );
}
