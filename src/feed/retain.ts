/** Retention: what is older than a time goes, from the beginning of the feed, by ranges of its key. */
import type { Pool } from 'pg';
import { inTransaction } from '../store/database.js';
import { lockState, writeState } from './epoch.js';

/** Rows deleted in one transaction, which holds up the sequencer meanwhile. */
const MOST = 2_000;

/**
 * Deletes at most a batch of rows that were numbered longer ago, and notes the smallest number that is kept.
 * The newest row always stays, so that a reader who has it has missed nothing.
 * @param keep milliseconds
 * @returns rows deleted; as many as `most`: call again
 */
export async function retain(pool: Pool, keep: number, most = MOST): Promise<number> {
  return inTransaction(pool, async (client) => {
    const { begun, first, last } = await lockState(client);
    if (begun) return 0;
    const { rows } = await client.query<{ next: string | null }>(
      `WITH oldest AS (
         SELECT seq, numbered_at < clock_timestamp() - $4::float8 * interval '1 ms' AS old
           FROM feed_change WHERE seq >= $1 AND seq < $2 ORDER BY seq LIMIT $3)
       SELECT coalesce((SELECT min(seq) FROM oldest WHERE NOT old), (SELECT max(seq) + 1 FROM oldest)) AS next`,
      [first, last, most, keep],
    );
    const next = Number(rows[0]?.next ?? first);
    if (next <= first) return 0;
    const { rowCount } = await client.query('DELETE FROM feed_change WHERE seq < $1', [next]);
    await writeState(client, { first: next, last });
    return rowCount ?? 0;
  });
}
