/**
 * Coverage: which blocks are proven reconciled and final, per chain and decoder fingerprint. Rows may overlap
 * or adjoin; what counts is their union, and the listener merges them now and then. Its complement is the
 * gaps. A block is covered under one fingerprint, the one that its events in the ledger were last read with:
 * under another than the current one it is stale.
 */
import type { Pool, PoolClient } from 'pg';
import type { Chain } from '../../events/event.js';
import { type BlockRange, clip, without } from '../../events/range.js';
import { inTransaction } from '../database.js';

interface CoveredRange extends BlockRange {
  readonly chain: Chain;
  readonly fingerprint: string;
}

/** The union as a multirange; adjoining ranges become one because int8range is discrete. PostgreSQL 14+. */
const UNION = `range_agg(int8range(from_block, to_block, '[]'))`;

/**
 * Part of reconcile's transaction. Inserts nothing when the range is covered already, so that a replay
 * changes nothing.
 * @returns rows inserted, 0 or 1
 */
export async function insertCoverage(
  client: Pick<PoolClient, 'query'>,
  range: CoveredRange,
): Promise<number> {
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
export async function listCoverage(
  db: { readonly pool: Pool },
  chain: Chain,
  fingerprint: string,
): Promise<BlockRange[]> {
  const { rows } = await db.pool.query<{ from_block: string; to_block: string }>(
    `SELECT lower(r) AS from_block, upper(r) - 1 AS to_block
       FROM (SELECT unnest(${UNION}) AS r FROM coverage_range WHERE chain = $1 AND fingerprint = $2) merged ORDER BY 1`,
    [chain, fingerprint],
  );
  return rows.map((row) => ({ fromBlock: Number(row.from_block), toBlock: Number(row.to_block) }));
}

/** The part of {@link listCoverage} that begins at `fromBlock`. */
export async function coveredFrom(
  db: { readonly pool: Pool },
  chain: Chain,
  fingerprint: string,
  fromBlock: number,
): Promise<BlockRange[]> {
  const covered = await listCoverage(db, chain, fingerprint);
  return clip(covered, { fromBlock, toBlock: Number.MAX_SAFE_INTEGER });
}

/** Union of what is covered under any fingerprint, within [fromBlock, toBlock]. */
export async function coveredWithin(
  client: Pick<PoolClient, 'query'>,
  chain: Chain,
  { fromBlock, toBlock }: BlockRange,
): Promise<BlockRange[]> {
  const { rows } = await client.query<{ from_block: string; to_block: string }>(
    `SELECT lower(r) AS from_block, upper(r) - 1 AS to_block
       FROM (SELECT unnest(${UNION} * int8multirange(int8range($2::bigint, $3::bigint, '[]'))) AS r FROM coverage_range
              WHERE chain = $1 AND from_block <= $3::bigint AND to_block >= $2::bigint) covered ORDER BY 1`,
    [chain, fromBlock, toBlock],
  );
  return rows.map((row) => ({ fromBlock: Number(row.from_block), toBlock: Number(row.to_block) }));
}

/**
 * What is covered under any fingerprint: its complement has never been read. Sorted, disjoint, never
 * adjoining.
 */
export async function listAllCoverage(db: { readonly pool: Pool }, chain: Chain): Promise<BlockRange[]> {
  return coveredWithin(db.pool, chain, { fromBlock: 0, toBlock: Number.MAX_SAFE_INTEGER });
}

/**
 * What was last read under another fingerprint than this: another version of the decoders or of what is
 * followed.
 */
export async function listStale(
  db: { readonly pool: Pool },
  chain: Chain,
  fingerprint: string,
): Promise<BlockRange[]> {
  const [all, current] = await Promise.all([
    listAllCoverage(db, chain),
    listCoverage(db, chain, fingerprint),
  ]);
  return without(all, current);
}

/** First key of the advisory lock under which coverage of other fingerprints is cut. */
const CUT_LOCK = 4_846_106;

/**
 * Part of reconcile's transaction: the range was just read under `range.fingerprint`, so it is covered under
 * no other any more. The usual case, that there is no other, costs one look.
 * @returns rows changed
 */
export async function cutOtherCoverage(
  client: Pick<PoolClient, 'query'>,
  range: CoveredRange,
): Promise<number> {
  const values = [range.chain, range.fingerprint, range.fromBlock, range.toBlock];
  const others = 'chain = $1 AND fingerprint <> $2 AND from_block <= $4::bigint AND to_block >= $3::bigint';
  const { rowCount } = await client.query(`SELECT 1 FROM coverage_range WHERE ${others} LIMIT 1`, values);
  if (rowCount === 0) return 0;
  // One at a time: two that cut the same row would each keep what the other took away.
  await client.query('SELECT pg_advisory_xact_lock($1, hashtext($2))', [CUT_LOCK, range.chain]);
  const { rows } = await client.query<{ changed: number }>(
    `WITH cut AS (DELETE FROM coverage_range WHERE ${others} RETURNING fingerprint, from_block, to_block),
          rest AS (
            INSERT INTO coverage_range (chain, fingerprint, from_block, to_block)
            SELECT $1, fingerprint, lower(r), upper(r) - 1
              FROM (SELECT fingerprint, unnest(int8multirange(int8range(from_block, to_block, '[]')) - int8multirange(int8range($3::bigint, $4::bigint, '[]'))) AS r
                      FROM cut) parts
            ON CONFLICT DO NOTHING RETURNING 1)
     SELECT (SELECT count(*) FROM cut)::int + (SELECT count(*) FROM rest)::int AS changed`,
    values,
  );
  return rows[0]?.changed ?? 0;
}

/**
 * First key of the advisory lock that mergers of a chain's coverage take; the second is of `chain
 * fingerprint`.
 */
export const MERGE_LOCK = 4_846_103;

/**
 * Replaces overlapping and adjoining rows by their union. Rows that others insert meanwhile are left alone,
 * and nobody ever sees less covered than before. Does nothing when the rows are merged already.
 * @returns rows saved
 */
export async function mergeCoverage(
  db: { readonly pool: Pool },
  chain: Chain,
  fingerprint: string,
): Promise<number> {
  return inTransaction(db.pool, async (client) => {
    // Before the statement below, so that its snapshot holds what the merger before us did.
    await client.query('SELECT pg_advisory_xact_lock($1, hashtext($2))', [
      MERGE_LOCK,
      `${chain} ${fingerprint}`,
    ]);
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
