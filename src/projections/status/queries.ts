/** How far the tables are: per chain tip, coverage, gaps, lag and what could not be read. */
import type { Chain } from '../../events/event.js';
import { isoTime, type Reader } from '../read.js';
import { estimatedTime, type TimedBlock } from './lag.js';

/** Inclusive. */
export interface BlockRange {
  readonly from: number;
  readonly to: number;
}

export interface ChainStatus {
  readonly chain: Chain;
  readonly genesis: string;
  /** Redacted name of the endpoint that last said where the tip is. */
  readonly source: string;
  /** Decoders and configuration under which coverage counts. */
  readonly fingerprint: string;
  readonly startBlock: number;
  readonly head: number;
  readonly headTime: string | null;
  readonly finalized: number;
  readonly finalizedTime: string | null;
  /** The oldest `MOST_RANGES` ranges reconciled under the current fingerprint. */
  readonly coverage: readonly BlockRange[];
  /** The oldest `MOST_RANGES` ranges between the start block and the finalized block that are not covered. */
  readonly gaps: readonly BlockRange[];
  /** Blocks in all gaps, also in those that are not listed. */
  readonly missingBlocks: number;
  /** From the newest covered block: to the head, and to now. Seconds are null while too few block times are known. */
  readonly lag: { readonly blocks: number; readonly seconds: number | null };
  /** Counted up to `MOST_PROBLEMS`. */
  readonly decodeProblems: number;
  readonly updatedAt: string;
}

export const MOST_RANGES = 1000;
export const MOST_PROBLEMS = 10_000;

interface StateRow {
  readonly chain: Chain;
  readonly genesis: string;
  readonly source: string;
  readonly fingerprint: string;
  readonly start_block: string;
  readonly head: string;
  readonly head_time: string | null;
  readonly finalized: string;
  readonly finalized_time: string | null;
  readonly updated_at: string;
}

export async function chainStatuses(db: Reader, now: number = Date.now()): Promise<ChainStatus[]> {
  const { rows } = await db.pool.query<StateRow>(
    `SELECT chain, genesis, source, fingerprint, start_block, head, ${isoTime('head_time')} AS head_time, finalized,
            ${isoTime('finalized_time')} AS finalized_time, ${isoTime('updated_at')} AS updated_at
       FROM chain_state ORDER BY chain`,
  );
  return Promise.all(rows.map((row) => chainStatus(db, row, now)));
}

async function chainStatus(db: Reader, row: StateRow, now: number): Promise<ChainStatus> {
  const [startBlock, head, finalized] = [Number(row.start_block), Number(row.head), Number(row.finalized)];
  const [ranges, decodeProblems] = await Promise.all([
    coverageAndGaps(db, row.chain, row.fingerprint, startBlock, finalized),
    problemCount(db, row.chain),
  ]);
  const covered = ranges.newest ?? startBlock - 1;
  const event = await newestEventUntil(db, row.chain, covered);
  const known = [event, timed(head, row.head_time), timed(finalized, row.finalized_time)].filter((point) => point !== null);
  const time = estimatedTime(Math.min(covered, head), known);
  return {
    chain: row.chain,
    genesis: row.genesis,
    source: row.source,
    fingerprint: row.fingerprint,
    startBlock,
    head,
    headTime: row.head_time,
    finalized,
    finalizedTime: row.finalized_time,
    coverage: ranges.coverage,
    gaps: ranges.gaps,
    missingBlocks: ranges.missingBlocks,
    lag: { blocks: Math.max(0, head - covered), seconds: time === null ? null : Math.max(0, Math.round((now - time) / 1000)) },
    decodeProblems,
    updatedAt: row.updated_at,
  };
}

interface RangesRow {
  readonly newest: string | null;
  readonly missing: string;
  readonly coverage: BlockRange[];
  readonly gaps: BlockRange[];
}

async function coverageAndGaps(db: Reader, chain: Chain, fingerprint: string, startBlock: number, finalized: number) {
  const { rows } = await db.pool.query<RangesRow>(
    `WITH merged AS (
       SELECT coalesce(range_agg(int8range(from_block, to_block, '[]')), '{}') AS covered
         FROM coverage_range WHERE chain = $1 AND fingerprint = $2
     ), known AS (
       SELECT covered, CASE WHEN $4::bigint >= $3::bigint THEN int8multirange(int8range($3, $4, '[]')) ELSE '{}' END - covered AS missing FROM merged
     )
     SELECT upper(covered) - 1 AS newest,
            (SELECT coalesce(sum(upper(r) - lower(r)), 0) FROM unnest(missing) r) AS missing,
            ${listed('covered')} AS coverage, ${listed('missing')} AS gaps
       FROM known`,
    [chain, fingerprint, startBlock, finalized],
  );
  const row = rows[0];
  return {
    newest: row?.newest == null ? null : Number(row.newest),
    missingBlocks: Number(row?.missing ?? 0),
    coverage: row?.coverage ?? [],
    gaps: row?.gaps ?? [],
  };
}

function listed(multirange: string): string {
  return `(SELECT coalesce(jsonb_agg(jsonb_build_object('from', lower(r), 'to', upper(r) - 1) ORDER BY r), '[]')
             FROM (SELECT r FROM unnest(${multirange}) r ORDER BY r LIMIT ${MOST_RANGES}) first)`;
}

async function problemCount(db: Reader, chain: Chain): Promise<number> {
  const { rows } = await db.pool.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM (SELECT 1 FROM decode_problem WHERE chain = $1 LIMIT ${MOST_PROBLEMS}) first`,
    [chain],
  );
  return rows[0]?.count ?? 0;
}

async function newestEventUntil(db: Reader, chain: Chain, block: number): Promise<TimedBlock | null> {
  const { rows } = await db.pool.query<{ block: string; time: string | null }>(
    `SELECT block, ${isoTime('block_time')} AS time FROM ledger_event WHERE chain = $1 AND block <= $2
      ORDER BY block DESC, transaction_index DESC, event_index DESC LIMIT 1`,
    [chain, block],
  );
  const row = rows[0];
  return row ? timed(Number(row.block), row.time) : null;
}

function timed(block: number, time: string | null): TimedBlock | null {
  return time === null ? null : { block, time: Date.parse(time) };
}
