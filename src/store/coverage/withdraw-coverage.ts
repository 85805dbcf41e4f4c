/**
 * Takes single blocks out of coverage, whatever they were read under, so that they become gaps and are read
 * again.
 */
import type { PoolClient } from 'pg';
import type { Chain } from '../../events/event.js';
import { MERGE_LOCK } from './coverage.js';

/** Part of the caller's transaction. @returns coverage rows that changed */
export async function withdrawCoverage(
  client: PoolClient,
  chain: Chain,
  blocks: readonly number[],
): Promise<number> {
  let changed = 0;
  if (blocks.length === 0) return changed;
  // A merger that still sees the rows would write their union, with these blocks, again.
  await client.query(
    `SELECT pg_advisory_xact_lock(${MERGE_LOCK}, hashtext($1 || ' ' || fingerprint))
       FROM (SELECT DISTINCT fingerprint FROM coverage_range WHERE chain = $1 ORDER BY 1) f`,
    [chain],
  );
  for (const block of new Set(blocks)) {
    const { rows } = await client.query<{ fingerprint: string; from_block: string; to_block: string }>(
      `DELETE FROM coverage_range WHERE chain = $1 AND from_block <= $2 AND to_block >= $2 RETURNING fingerprint, from_block, to_block`,
      [chain, block],
    );
    for (const row of rows) {
      await client.query(
        `INSERT INTO coverage_range (chain, fingerprint, from_block, to_block)
         SELECT $1, $2, f, t FROM (VALUES ($3::bigint, $4::bigint - 1), ($4::bigint + 1, $5::bigint)) AS rest(f, t) WHERE f <= t
         ON CONFLICT DO NOTHING`,
        [chain, row.fingerprint, row.from_block, block, row.to_block],
      );
    }
    changed += rows.length;
  }
  return changed;
}
