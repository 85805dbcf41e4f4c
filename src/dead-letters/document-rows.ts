/** Documents that stand off chain and were given up (src/metadata/), as `ndx dead list` shows them. */
import type { Pool } from 'pg';

export interface DeadDocument {
  readonly id: string;
  /** At most 200 characters of it. */
  readonly uri: string;
  /** ISO 8601. */
  readonly failedAt: string;
  readonly attempts: number;
  readonly reason: string;
}

/** The documents given up last, at most `limit`. */
export async function listDeadDocuments(db: { readonly pool: Pool }, limit: number): Promise<DeadDocument[]> {
  const { rows } = await db.pool.query<Omit<DeadDocument, 'failedAt'> & { readonly failedAt: Date }>(
    `SELECT id, left(uri, 200) AS uri, failed_at AS "failedAt", failures AS attempts, coalesce(error, '') AS reason
       FROM metadata_document WHERE state = 'dead' ORDER BY failed_at DESC LIMIT $1`,
    [limit],
  );
  return rows.map((row) => ({ ...row, failedAt: row.failedAt.toISOString() }));
}
