/** Takes single blocks out of coverage, whatever they were read under, so that they become gaps and are read again. */
import type { PoolClient } from 'pg';
import type { Chain } from '../events/event.js';

/** Part of the caller's transaction. @returns coverage rows that changed */
export async function withdrawCoverage(client: PoolClient, chain: Chain, blocks: readonly number[]): Promise<number> {
  let changed = 0;
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
