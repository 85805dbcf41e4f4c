/**
 * Merges coverage rows that overlap or adjoin, so that there are few of them. Two rows that adjoin but
 * contradict each other by their links stay two: a seam (links.ts).
 */
import type { Pool } from 'pg';
import type { Chain } from '../../events/event.js';
import { inTransaction } from '../database.js';

/**
 * First key of the advisory lock that is held while coverage is merged; the second is the hash of `<chain>
 * <fingerprint>`.
 */
export const MERGE_LOCK = 4_846_103;

/**
 * Merges the coverage rows of one fingerprint. Rows that others insert meanwhile are left alone, and nobody
 * ever sees less covered than before. Does nothing when the rows are merged already.
 * @returns by how many rows the table became smaller
 */
export async function mergeCoverage(
  db: { readonly pool: Pool },
  chain: Chain,
  fingerprint: string,
): Promise<number> {
  return inTransaction(db.pool, async (client) => {
    // Taken before the next statement, so that its snapshot holds what the previous merger has committed.
    await client.query('SELECT pg_advisory_xact_lock($1, hashtext($2))', [
      MERGE_LOCK,
      `${chain} ${fingerprint}`,
    ]);
    const { rows } = await client.query<{ deleted: string; inserted: string }>(MERGE, [chain, fingerprint]);
    return Number(rows[0]?.deleted ?? 0) - Number(rows[0]?.inserted ?? 0);
  });
}

/**
 * A stretch begins with a row that neither overlaps nor adjoins the rows before it, or whose parent is
 * another block than the last one of the row before it.
 */
const MERGE = `
  WITH placed AS (
    SELECT *, max(to_block) OVER (o ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS reach,
           lag(to_block) OVER o AS before, lag(last_block) OVER o AS last_before, lag(last_hash) OVER o AS hash_before
      FROM coverage_range WHERE chain = $1 AND fingerprint = $2 WINDOW o AS (ORDER BY from_block, to_block)
  ), numbered AS (
    SELECT *, count(*) FILTER (WHERE reach IS NULL OR from_block > reach + 1
                OR (from_block = reach + 1 AND before = reach AND (last_before, hash_before) <> (parent_block, parent_hash)))
              OVER (ORDER BY from_block, to_block) AS stretch
      FROM placed
  ), merged AS (
    SELECT min(from_block) AS from_block, max(to_block) AS to_block,
           (array_agg(parent_block ORDER BY from_block, parent_hash NULLS LAST))[1] AS parent_block,
           (array_agg(parent_hash ORDER BY from_block, parent_hash NULLS LAST))[1] AS parent_hash,
           (array_agg(last_block ORDER BY to_block DESC, last_hash NULLS LAST))[1] AS last_block,
           (array_agg(last_hash ORDER BY to_block DESC, last_hash NULLS LAST))[1] AS last_hash
      FROM numbered GROUP BY stretch
  ), deleted AS (
    DELETE FROM coverage_range c
     WHERE chain = $1 AND fingerprint = $2
       AND NOT EXISTS (SELECT 1 FROM merged m WHERE m.from_block = c.from_block AND m.to_block = c.to_block)
    RETURNING 1
  ), inserted AS (
    INSERT INTO coverage_range (chain, fingerprint, from_block, to_block, parent_block, parent_hash, last_block, last_hash)
    SELECT $1, $2, m.* FROM merged m
     WHERE NOT EXISTS (SELECT 1 FROM coverage_range c WHERE c.chain = $1 AND c.fingerprint = $2
                          AND c.from_block = m.from_block AND c.to_block = m.to_block)
    ON CONFLICT DO NOTHING
    RETURNING 1
  )
  SELECT (SELECT count(*) FROM deleted) AS deleted, (SELECT count(*) FROM inserted) AS inserted`;
