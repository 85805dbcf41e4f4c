/**
 * Recognises damaged files of the database: a table or index that was truncated or overwritten. PostgreSQL's
 * error names the file; whoever has to restore it needs the name of the table.
 */
import pg from 'pg';
import { messageOf, NdxError } from '../../runtime/errors.js';

/** SQLSTATEs data_corrupted, index_corrupted, io_error and undefined_file. */
const DAMAGED_STATES = new Set(['XX001', 'XX002', '58030', '58P01']);

/**
 * @returns NdxError DATABASE_DAMAGED with the table or index and the way out when `error` says that a file is
 * damaged; otherwise `error` itself
 */
export async function nameDamage(
  db: { readonly pool: Pick<pg.Pool, 'query'> },
  error: unknown,
): Promise<unknown> {
  if (!(error instanceof pg.DatabaseError) || !DAMAGED_STATES.has(error.code ?? '')) return error;
  const place = await placeOf(db, error.message);
  return new NdxError(
    'DATABASE_DAMAGED',
    `${place ? `${place} is damaged` : 'a file of the database is damaged'}: ${messageOf(error)}. ` +
      'Nothing was changed. See "When a file of the database is damaged" in docs/verify.md',
    { cause: error },
  );
}

/**
 * The table or index that PostgreSQL's message is about; null when it names no file, or one that PostgreSQL
 * does not know.
 */
async function placeOf(
  { pool }: { readonly pool: Pick<pg.Pool, 'query'> },
  message: string,
): Promise<string | null> {
  const [, filenode] = /base\/\d+\/(\d+)/.exec(message) ?? [];
  const [, index] = /index "([^"]+)"/.exec(message) ?? [];
  const { rows } = await pool
    .query<{ name: string; of: string | null }>(
      `SELECT c.oid::regclass::text AS name, i.indrelid::regclass::text AS of
         FROM pg_class c LEFT JOIN pg_index i ON i.indexrelid = c.oid
        WHERE c.oid = coalesce(pg_filenode_relation(0, $1::oid), to_regclass(quote_ident($2)))`,
      [filenode ?? '0', index ?? ''],
    )
    .catch(() => ({ rows: [] }));
  const [row] = rows;
  if (!row) return null;
  return row.of === null ? `the table ${row.name}` : `the index ${row.name} of the table ${row.of}`;
}
