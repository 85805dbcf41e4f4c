/**
 * Coverage: which blocks are proven reconciled and final, per chain and decoder fingerprint. Rows may overlap
 * or adjoin; what counts is their union, and the listener merges them now and then. Its complement is the
 * gaps. A block is covered under one fingerprint, the one that its events in the ledger were last read with:
 * under another than the current one it is stale.
 */
import type { Pool, PoolClient } from 'pg';
import type { BlockHash } from '../../events/batch.js';
import type { Chain } from '../../events/event.js';
import { without } from '../../events/overlaps.js';
import { type BlockRange, clip } from '../../events/range.js';

interface CoveredRange extends BlockRange {
  readonly chain: Chain;
  readonly fingerprint: string;
  /** The newest block before the range, and the newest up to its end, where the chain's links are known. */
  readonly parent?: BlockHash | undefined;
  readonly last?: BlockHash | undefined;
}

/** The union as a multirange; adjoining ranges become one because int8range is discrete. PostgreSQL 14+. */
const UNION = `range_agg(int8range(from_block, to_block, '[]'))`;

/**
 * Part of reconcile's transaction. Inserts nothing when the range is covered already, so that a replay
 * changes nothing, except links that were not known before.
 * @returns rows inserted or changed
 */
export async function insertCoverage(
  client: Pick<PoolClient, 'query'>,
  range: CoveredRange,
): Promise<number> {
  // One statement, so one snapshot: it sees the rows before a concurrent merge or after it, never between.
  const { rowCount } = await client.query(
    `INSERT INTO coverage_range (chain, fingerprint, from_block, to_block, parent_block, parent_hash, last_block, last_hash)
     SELECT $1, $2, $3::bigint, $4::bigint, $5::bigint, $6, $7::bigint, $8
      WHERE NOT COALESCE((SELECT ${UNION} @> int8range($3::bigint, $4::bigint, '[]') FROM coverage_range
                           WHERE chain = $1 AND fingerprint = $2 AND from_block <= $4::bigint AND to_block >= $3::bigint), false)
     ON CONFLICT DO NOTHING`,
    [range.chain, range.fingerprint, range.fromBlock, range.toBlock, ...linkValues(range)],
  );
  if (rowCount !== 0 || !(range.parent || range.last)) return rowCount ?? 0;
  return learnLinks(client, range);
}

function linkValues({ parent, last }: CoveredRange): readonly (number | string | null)[] {
  return [parent?.block ?? null, parent?.hash ?? null, last?.block ?? null, last?.hash ?? null];
}

/** What was covered before links were kept, or by what knows none, gets them when it is read again. */
async function learnLinks(client: Pick<PoolClient, 'query'>, range: CoveredRange): Promise<number> {
  const begins = 'from_block = $3::bigint AND parent_hash IS NULL AND $6::text IS NOT NULL';
  const ends = 'to_block = $4::bigint AND last_hash IS NULL AND $8::text IS NOT NULL';
  const { rowCount } = await client.query(
    `UPDATE coverage_range
        SET parent_block = CASE WHEN ${begins} THEN $5::bigint ELSE parent_block END,
            parent_hash = CASE WHEN ${begins} THEN $6::text ELSE parent_hash END,
            last_block = CASE WHEN ${ends} THEN $7::bigint ELSE last_block END,
            last_hash = CASE WHEN ${ends} THEN $8::text ELSE last_hash END
      WHERE chain = $1 AND fingerprint = $2 AND ((${begins}) OR (${ends}))`,
    [range.chain, range.fingerprint, range.fromBlock, range.toBlock, ...linkValues(range)],
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

/**
 * SQL: of the rows in `cut`, of chain $1, what lies outside of two bounds. What still begins or ends where
 * the row did keeps the row's link there.
 */
export function insertWhatIsLeft(fromBlock: string, toBlock: string): string {
  const columns = 'fingerprint, from_block, to_block, parent_block, parent_hash, last_block, last_hash';
  return `INSERT INTO coverage_range (chain, ${columns})
          SELECT $1, fingerprint, from_block, ${fromBlock}::bigint - 1, parent_block, parent_hash, NULL, NULL
            FROM cut WHERE from_block < ${fromBlock}::bigint
          UNION ALL
          SELECT $1, fingerprint, ${toBlock}::bigint + 1, to_block, NULL, NULL, last_block, last_hash
            FROM cut WHERE to_block > ${toBlock}::bigint
          ON CONFLICT DO NOTHING`;
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
    `WITH cut AS (DELETE FROM coverage_range WHERE ${others} RETURNING *),
          rest AS (${insertWhatIsLeft('$3', '$4')} RETURNING 1)
     SELECT (SELECT count(*) FROM cut)::int + (SELECT count(*) FROM rest)::int AS changed`,
    values,
  );
  return rows[0]?.changed ?? 0;
}
