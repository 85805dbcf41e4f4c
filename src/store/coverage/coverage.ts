/**
 * Coverage: the ranges of blocks that are proven reconciled and final, for each chain and decoder
 * fingerprint. Rows of `coverage_range` may overlap or adjoin; only their union counts, and the listener
 * merges them from time to time. Its complement is the gaps. A block is covered under one fingerprint only:
 * the one with which its events in the ledger were last read. If that is not the current fingerprint, the
 * block is stale.
 */
import type { Pool, PoolClient } from 'pg';
import type { BlockHash } from '../../events/batch.js';
import type { Chain } from '../../events/event.js';
import { without } from '../../events/overlaps.js';
import { type BlockRange, clip } from '../../events/range.js';

interface CoveredRange extends BlockRange {
  readonly chain: Chain;
  readonly fingerprint: string;
  /**
   * The newest block before the range, and the newest block up to its end; undefined where the chain's links
   * are not known.
   */
  readonly parent?: BlockHash | undefined;
  readonly last?: BlockHash | undefined;
}

/**
 * SQL for the union of rows as a multirange (PostgreSQL 14+). int8range is discrete, so adjoining ranges
 * become one.
 */
const UNION = `range_agg(int8range(from_block, to_block, '[]'))`;

/**
 * Covers a range, as a part of reconcile's transaction. Inserts nothing when the range is covered already, so
 * that a replay changes nothing, except that it adds links that were not known before.
 * @returns number of rows inserted or changed
 */
export async function insertCoverage(
  client: Pick<PoolClient, 'query'>,
  range: CoveredRange,
): Promise<number> {
  // One statement has one snapshot: it sees the rows as they were before a concurrent merge or as they are
  // after it, never something between.
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

/**
 * Adds links to rows that begin or end where the range does and lack them, because they were written before
 * links were kept, or from a source that knows none.
 */
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

/** The union of the ranges covered under this fingerprint: sorted, disjoint, never adjoining. */
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

/** The part of {@link listCoverage} from `fromBlock` on; a range that begins before it is cut. */
export async function coveredFrom(
  db: { readonly pool: Pool },
  chain: Chain,
  fingerprint: string,
  fromBlock: number,
): Promise<BlockRange[]> {
  const covered = await listCoverage(db, chain, fingerprint);
  return clip(covered, { fromBlock, toBlock: Number.MAX_SAFE_INTEGER });
}

/**
 * The union of the ranges covered under any fingerprint, cut to [fromBlock, toBlock]: sorted, disjoint, never
 * adjoining.
 */
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
 * The union of the ranges covered under any fingerprint: sorted, disjoint, never adjoining. All other blocks
 * are gaps.
 */
export async function listAllCoverage(db: { readonly pool: Pool }, chain: Chain): Promise<BlockRange[]> {
  return coveredWithin(db.pool, chain, { fromBlock: 0, toBlock: Number.MAX_SAFE_INTEGER });
}

/**
 * The ranges that were last read under another fingerprint than this one: by other decoders, or under another
 * configuration.
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
 * SQL that inserts again what the rows in `cut`, all of chain $1, cover outside of [fromBlock, toBlock]. A
 * remainder that begins or ends where its row did keeps the row's link at that end.
 * @param fromBlock an SQL expression, such as `$2`; so is `toBlock`
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

/**
 * First key of the advisory lock that is held while coverage under other fingerprints is cut; the second is
 * the hash of the chain's name.
 */
const CUT_LOCK = 4_846_106;

/**
 * Part of reconcile's transaction. The range was just read under `range.fingerprint`, so it no longer counts
 * as covered under any other. In the usual case there is no other, and this costs one query.
 * @returns number of rows deleted and inserted
 */
export async function cutOtherCoverage(
  client: Pick<PoolClient, 'query'>,
  range: CoveredRange,
): Promise<number> {
  const values = [range.chain, range.fingerprint, range.fromBlock, range.toBlock];
  const others = 'chain = $1 AND fingerprint <> $2 AND from_block <= $4::bigint AND to_block >= $3::bigint';
  const { rowCount } = await client.query(`SELECT 1 FROM coverage_range WHERE ${others} LIMIT 1`, values);
  if (rowCount === 0) return 0;
  // Only one transaction cuts at a time: if two cut the same row, each would write back what the other took
  // away.
  await client.query('SELECT pg_advisory_xact_lock($1, hashtext($2))', [CUT_LOCK, range.chain]);
  const { rows } = await client.query<{ changed: number }>(
    `WITH cut AS (DELETE FROM coverage_range WHERE ${others} RETURNING *),
          rest AS (${insertWhatIsLeft('$3', '$4')} RETURNING 1)
     SELECT (SELECT count(*) FROM cut)::int + (SELECT count(*) FROM rest)::int AS changed`,
    values,
  );
  return rows[0]?.changed ?? 0;
}
