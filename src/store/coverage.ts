/**
 * Coverage: which blocks are proven reconciled, per chain and decoder fingerprint. Rows may overlap or adjoin; what
 * counts is their union, and the listener merges them now and then. Its complement is the gaps.
 */
import type { Pool, PoolClient } from 'pg';
import type { Chain } from '../events/event.js';
import { inTransaction } from './database.js';

/** Inclusive. */
export interface BlockRange {
  readonly fromBlock: number;
  readonly toBlock: number;
}

interface CoveredRange extends BlockRange {
  readonly chain: Chain;
  readonly fingerprint: string;
}

/** The union as a multirange; adjoining ranges become one because int8range is discrete. PostgreSQL 14+. */
const UNION = `range_agg(int8range(from_block, to_block, '[]'))`;

/**
 * Part of reconcile's transaction. Inserts nothing when the range is covered already, so that a replay changes nothing.
 * @returns rows inserted, 0 or 1
 */
export async function insertCoverage(client: Pick<PoolClient, 'query'>, range: CoveredRange): Promise<number> {
  // One statement, so one snapshot: it sees the rows before a concurrent merge or after it, never between.
  const { rowCount } = await client.query(
    `INSERT INTO coverage_range (chain, fingerprint, from_block, to_block)
     SELECT $1, $2, $3::bigint, $4::bigint
      WHERE NOT COALESCE((SELECT ${UNION} @> int8range($3::bigint, $4::bigint, '[]') FROM coverage_range
                           WHERE chain = $1 AND fingerprint = $2 AND from_block <= $4::bigint AND to_block >= $3::bigint), false)
     ON CONFLICT DO NOTHING`,
    [range.chain, range.fingerprint, range.fromBlock, range.toBlock],
  );
  return rowCount ?? 0;
}

/** The union of what is covered: sorted, disjoint, never adjoining. */
export async function listCoverage(db: { readonly pool: Pool }, chain: Chain, fingerprint: string): Promise<BlockRange[]> {
  const { rows } = await db.pool.query<{ from_block: string; to_block: string }>(
    `SELECT lower(r) AS from_block, upper(r) - 1 AS to_block
       FROM (SELECT unnest(${UNION}) AS r FROM coverage_range WHERE chain = $1 AND fingerprint = $2) merged ORDER BY 1`,
    [chain, fingerprint],
  );
  return rows.map((row) => ({ fromBlock: Number(row.from_block), toBlock: Number(row.to_block) }));
}

/** First key of the advisory lock that mergers of a chain's coverage take. */
const MERGE_LOCK = 4_846_103;

/**
 * Replaces overlapping and adjoining rows by their union. Rows that others insert meanwhile are left alone, and nobody
 * ever sees less covered than before. Does nothing when the rows are merged already.
 * @returns rows saved
 */
export async function mergeCoverage(db: { readonly pool: Pool }, chain: Chain, fingerprint: string): Promise<number> {
  return inTransaction(db.pool, async (client) => {
    // Before the statement below, so that its snapshot holds what the merger before us did.
    await client.query('SELECT pg_advisory_xact_lock($1, hashtext($2))', [MERGE_LOCK, `${chain} ${fingerprint}`]);
    const { rows } = await client.query<{ deleted: string; inserted: string }>(
      `WITH merged AS (
         SELECT lower(r) AS from_block, upper(r) - 1 AS to_block
           FROM (SELECT unnest(${UNION}) AS r FROM coverage_range WHERE chain = $1 AND fingerprint = $2) u
       ), deleted AS (
         DELETE FROM coverage_range c
          WHERE chain = $1 AND fingerprint = $2
            AND NOT EXISTS (SELECT 1 FROM merged m WHERE m.from_block = c.from_block AND m.to_block = c.to_block)
         RETURNING 1
       ), inserted AS (
         INSERT INTO coverage_range (chain, fingerprint, from_block, to_block)
         SELECT $1, $2, m.from_block, m.to_block FROM merged m
          WHERE NOT EXISTS (SELECT 1 FROM coverage_range c WHERE c.chain = $1 AND c.fingerprint = $2
                               AND c.from_block = m.from_block AND c.to_block = m.to_block)
         ON CONFLICT DO NOTHING
         RETURNING 1
       )
       SELECT (SELECT count(*) FROM deleted) AS deleted, (SELECT count(*) FROM inserted) AS inserted`,
      [chain, fingerprint],
    );
    return Number(rows[0]?.deleted ?? 0) - Number(rows[0]?.inserted ?? 0);
  });
}

/** Blocks of [fromBlock, toBlock] that no range holds. `ranges` in any order, overlapping or not. */
export function gapsIn(ranges: readonly BlockRange[], fromBlock: number, toBlock: number): BlockRange[] {
  const sorted = ranges.toSorted((a, b) => a.fromBlock - b.fromBlock);
  const gaps: BlockRange[] = [];
  let next = fromBlock;
  for (const range of sorted) {
    if (range.fromBlock > toBlock) break;
    if (range.fromBlock > next) gaps.push({ fromBlock: next, toBlock: range.fromBlock - 1 });
    next = Math.max(next, range.toBlock + 1);
  }
  if (next <= toBlock) gaps.push({ fromBlock: next, toBlock });
  return gaps;
}

/** How many block numbers the (disjoint) ranges hold. */
export function blockCount(ranges: readonly BlockRange[]): number {
  return ranges.reduce((sum, range) => sum + range.toBlock - range.fromBlock + 1, 0);
}
