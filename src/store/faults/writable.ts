/**
 * Checks whether the database takes writes now, without leaving anything behind: it is no standby and not
 * read-only, the user has the rights, and the disk has room.
 */
import type pg from 'pg';
import { messageOf, NdxError } from '../../runtime/errors.js';
import { unreachableBecause } from './unreachable.js';

/** `missing`: tables that do not exist, or that the user may not read and write. */
const LOOK = `
  SELECT pg_is_in_recovery() AS standby, current_setting('transaction_read_only') = 'on' AS "readOnly",
         ARRAY(SELECT name FROM unnest($1::text[]) AS name
                WHERE NOT coalesce(has_table_privilege(to_regclass(name), 'SELECT')
                               AND has_table_privilege(to_regclass(name), 'INSERT')
                               AND has_table_privilege(to_regclass(name), 'UPDATE')
                               AND has_table_privilege(to_regclass(name), 'DELETE'), false)) AS missing`;
/**
 * Tests for room on the disk: a sort with the least memory writes about 400 kB to a temporary file beside the
 * tables and removes it. Takes some 10 ms.
 */
const ROOM = `
  SELECT count(*) FROM (SELECT n FROM generate_series(1, 20000) AS n ORDER BY -n OFFSET 0) AS sorted`;

interface Look {
  readonly standby: boolean;
  readonly readOnly: boolean;
  readonly missing: string[];
}

/**
 * @param tables names of those that the caller writes, with their schema where it is not the default one
 * @throws NdxError DATABASE_UNREACHABLE (retryable) with the reason when they cannot be written
 */
export async function assertWritable(
  { pool }: { readonly pool: pg.Pool },
  tables: readonly string[],
): Promise<void> {
  let client: pg.PoolClient | undefined;
  try {
    client = await pool.connect();
    const { rows } = await client.query<Look>(LOOK, [tables]);
    const reason = rows[0] && problemOf(rows[0]);
    if (reason) throw new Error(reason);
    await client.query('BEGIN');
    await client.query("SET LOCAL work_mem = '64kB'");
    await client.query(ROOM);
    await client.query('ROLLBACK');
    client.release();
  } catch (cause) {
    // The connection is not kept: its session may stay read-only, or lead to a demoted server.
    client?.release(true);
    const because = unreachableBecause(cause);
    const said = because ? `${because}: ${messageOf(cause)}` : messageOf(cause);
    throw new NdxError('DATABASE_UNREACHABLE', `nothing can be written: ${said}`, {
      retryable: true,
      cause,
    });
  }
}

function problemOf({ standby, readOnly, missing }: Look): string | null {
  if (standby) return 'the database is a standby';
  if (readOnly) return 'the database is read-only (default_transaction_read_only)';
  if (missing.length > 0)
    return `the database user may not read and write ${missing.join(', ')}, or there is no such table`;
  return null;
}
