/** The table `dead_letter`: batches whose job failed for good, kept where no wiped queue takes them. */
import type { Pool, PoolClient } from 'pg';
import type { Chain } from '../events/event.js';
import { bulk, utc } from '../store/bulk.js';

type Db = { readonly pool: Pool };

export interface DeadLetter {
  /** The queue's id of the job. */
  readonly job: string;
  readonly chain: Chain;
  readonly lane: string;
  /** Of the batch; null when the payload cannot be read. */
  readonly fromBlock: number | null;
  readonly toBlock: number | null;
  readonly reason: string;
  readonly attempts: number;
  /** Milliseconds since 1970. */
  readonly failedAt: number;
  /** JSON text of the job's data. */
  readonly payload: string;
}

export interface KeptDeadLetter extends DeadLetter {
  /** When it was put back into the queue by hand and has not failed since. */
  readonly retriedAt: number | null;
}

/** A letter that was retried and fails again waits again. @returns rows written */
export async function saveDeadLetters(db: Db, letters: readonly DeadLetter[]): Promise<number> {
  if (letters.length === 0) return 0;
  const input = bulk(letters, {
    job: ['text', (letter) => letter.job],
    chain: ['text', (letter) => letter.chain],
    lane: ['text', (letter) => letter.lane],
    from_block: ['bigint', (letter) => letter.fromBlock],
    to_block: ['bigint', (letter) => letter.toBlock],
    reason: ['text', (letter) => letter.reason],
    attempts: ['int', (letter) => letter.attempts],
    failed_at: ['float8', (letter) => letter.failedAt / 1000],
    payload: ['text', (letter) => letter.payload],
  });
  const { rowCount } = await db.pool.query(
    `INSERT INTO dead_letter AS d (${input.names}) SELECT ${input.names.replace('"failed_at"', utc('failed_at'))} FROM ${input.from}
     ON CONFLICT (job) DO UPDATE SET reason = EXCLUDED.reason, attempts = EXCLUDED.attempts, failed_at = EXCLUDED.failed_at, retried_at = NULL
      WHERE EXCLUDED.failed_at > d.failed_at`,
    [...input.values],
  );
  return rowCount ?? 0;
}

/** @returns those of the ids that are not kept yet */
export async function unsavedDeadLetters(db: Db, jobs: readonly string[]): Promise<string[]> {
  const { rows } = await db.pool.query<{ job: string }>(
    'SELECT job FROM unnest($1::text[]) AS t(job) WHERE NOT EXISTS (SELECT 1 FROM dead_letter d WHERE d.job = t.job)',
    [[...jobs]],
  );
  return rows.map((row) => row.job);
}

/** @returns rows deleted */
export async function forgetDeadLetters(
  db: { readonly pool: Pick<Pool | PoolClient, 'query'> },
  jobs: readonly string[],
): Promise<number> {
  const { rowCount } = await db.pool.query('DELETE FROM dead_letter WHERE job = ANY($1)', [[...jobs]]);
  return rowCount ?? 0;
}

/** Notes that the batch is under way again, as the job `as`. */
export async function markRetried(
  db: Db,
  job: string,
  as: Pick<DeadLetter, 'job' | 'payload'>,
): Promise<void> {
  await db.pool.query(
    `UPDATE dead_letter SET job = $2, payload = $3, retried_at = now() AT TIME ZONE 'UTC' WHERE job = $1`,
    [job, as.job, as.payload],
  );
}

interface Row {
  job: string;
  chain: Chain;
  lane: string;
  from_block: string | null;
  to_block: string | null;
  reason: string;
  attempts: number;
  failed_at: number;
  payload: string;
  retried_at: number | null;
}

const COLUMNS = `job, chain, lane, from_block, to_block, reason, attempts, extract(epoch FROM failed_at)::float8 * 1000 AS failed_at, payload,
  extract(epoch FROM retried_at)::float8 * 1000 AS retried_at`;

function toLetter(row: Row): KeptDeadLetter {
  return {
    job: row.job,
    chain: row.chain,
    lane: row.lane,
    fromBlock: row.from_block === null ? null : Number(row.from_block),
    toBlock: row.to_block === null ? null : Number(row.to_block),
    reason: row.reason,
    attempts: row.attempts,
    failedAt: Math.round(row.failed_at),
    payload: row.payload,
    retriedAt: row.retried_at === null ? null : Math.round(row.retried_at),
  };
}

/** Newest first. */
export async function listDeadLetters(
  db: Db,
  filter: { readonly chain?: Chain | undefined; readonly limit: number },
): Promise<KeptDeadLetter[]> {
  const { rows } = await db.pool.query<Row>(
    `SELECT ${COLUMNS} FROM dead_letter WHERE $1::text IS NULL OR chain = $1 ORDER BY failed_at DESC, job LIMIT $2`,
    [filter.chain ?? null, filter.limit],
  );
  return rows.map(toLetter);
}

export async function readDeadLetter(db: Db, job: string): Promise<KeptDeadLetter | null> {
  const { rows } = await db.pool.query<Row>(`SELECT ${COLUMNS} FROM dead_letter WHERE job = $1`, [job]);
  return rows[0] ? toLetter(rows[0]) : null;
}

/**
 * Deletes all but the newest `count` of those younger than `days`; blocks of their batches stay gaps.
 * @returns rows deleted
 */
export async function pruneDeadLetters(
  db: Db,
  bounds: { readonly count: number; readonly days: number },
): Promise<number> {
  const { rowCount } = await db.pool.query(
    `DELETE FROM dead_letter WHERE failed_at < (now() AT TIME ZONE 'UTC') - $2 * interval '1 day'
        OR job IN (SELECT job FROM dead_letter ORDER BY failed_at DESC, job OFFSET $1)`,
    [bounds.count, bounds.days],
  );
  return rowCount ?? 0;
}
