/** Takes blocks out of coverage, under every fingerprint, so that they become gaps and are read again. */
import type { PoolClient } from 'pg';
import type { Chain } from '../../events/event.js';
import type { BlockRange } from '../../events/range.js';
import { insertWhatIsLeft } from './coverage.js';
import { MERGE_LOCK } from './merge-coverage.js';

/** Part of the caller's transaction. @returns number of coverage rows that were cut or deleted */
export async function withdrawCoverage(
  client: PoolClient,
  chain: Chain,
  ranges: readonly BlockRange[],
): Promise<number> {
  let changed = 0;
  if (ranges.length === 0) return changed;
  // Without these locks a concurrent merger that still sees the old rows would write their union, and so
  // these blocks, again.
  await client.query(
    `SELECT pg_advisory_xact_lock(${MERGE_LOCK}, hashtext($1 || ' ' || fingerprint))
       FROM (SELECT DISTINCT fingerprint FROM coverage_range WHERE chain = $1 ORDER BY 1) f`,
    [chain],
  );
  for (const { fromBlock, toBlock } of ranges) {
    const { rows } = await client.query<{ changed: number }>(
      `WITH cut AS (DELETE FROM coverage_range WHERE chain = $1 AND from_block <= $3::bigint AND to_block >= $2::bigint
                    RETURNING *),
            rest AS (${insertWhatIsLeft('$2', '$3')})
       SELECT count(*)::int AS changed FROM cut`,
      [chain, fromBlock, toBlock],
    );
    changed += rows[0]?.changed ?? 0;
  }
  return changed;
}
