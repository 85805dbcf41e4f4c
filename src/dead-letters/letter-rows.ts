/**
 * The table `dead_letter`: batches whose job failed for good. They are kept in the database, where a wiped
 * queue does not lose them.
 */
import type { Pool, PoolClient } from 'pg';
import type { Chain } from '../events/event.js';
import { bulk, utc } from '../store/bulk.js';
import type { Database } from '../store/database.js';
import type { DeadLetter as Row } from '../store/generated/client.js';

type Db = { readonly pool: Pool };
type Client = Pick<Database, 'prisma'>;

export interface DeadLetter {
  /** The queue's id of the job. */
  readonly job: string;
  readonly chain: Chain;
  readonly lane: string;
  /** First and last block of the batch; null when the payload cannot be read. */
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
  /**
   * Milliseconds since 1970 when it was put back into the queue by hand; null when it was not, or has failed
   * again since.
   */
  readonly retriedAt: number | null;
}

/**
 * Writes the letters. One that was retried and has failed again is waiting again (`retriedAt` null). @returns
 * rows written
 */
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

/** @returns those of the job ids that have no row yet */
export async function unsavedDeadLetters({ prisma }: Client, jobs: readonly string[]): Promise<string[]> {
  if (jobs.length === 0) return [];
  const kept = await prisma.deadLetter.findMany({ where: { job: { in: [...jobs] } }, select: { job: true } });
  const saved = new Set(kept.map((letter) => letter.job));
  return jobs.filter((job) => !saved.has(job));
}

/** @returns rows deleted */
export async function forgetDeadLetters(
  db: { readonly pool: Pick<Pool | PoolClient, 'query'> },
  jobs: readonly string[],
): Promise<number> {
  const { rowCount } = await db.pool.query('DELETE FROM dead_letter WHERE job = ANY($1)', [[...jobs]]);
  return rowCount ?? 0;
}

/** Notes that the letter's batch is under way again as the job `as`. Does nothing when the letter is gone. */
export async function markRetried(
  { prisma }: Client,
  job: string,
  as: Pick<DeadLetter, 'job' | 'payload'>,
): Promise<void> {
  await prisma.deadLetter.updateMany({
    where: { job },
    data: { job: as.job, payload: as.payload, retriedAt: new Date() },
  });
}

/**
 * Whether the chain has any letter. Asked before every sweep, by SQL: most workers never have one to read,
 * and then do without Prisma's client (docs/adr/0011-prisma-and-sql.md).
 */
export async function hasDeadLetters(db: Db, chain: Chain): Promise<boolean> {
  const { rowCount } = await db.pool.query('SELECT 1 FROM dead_letter WHERE chain = $1 LIMIT 1', [chain]);
  return rowCount === 1;
}

/** Letters of the chain, or of all chains; the newest failure first, at most `limit`. */
export async function listDeadLetters(
  { prisma }: Client,
  { chain, limit }: { readonly chain?: Chain | undefined; readonly limit: number },
): Promise<KeptDeadLetter[]> {
  const rows = await prisma.deadLetter.findMany({
    where: chain === undefined ? {} : { chain },
    orderBy: [{ failedAt: 'desc' }, { job: 'asc' }],
    take: limit,
  });
  return rows.map(toLetter);
}

/**
 * @param job its id
 * @returns null when there is no such letter (any more)
 */
export async function readDeadLetter({ prisma }: Client, job: string): Promise<KeptDeadLetter | null> {
  const row = await prisma.deadLetter.findUnique({ where: { job } });
  return row && toLetter(row);
}

function toLetter({ chain, fromBlock, toBlock, failedAt, retriedAt, ...row }: Row): KeptDeadLetter {
  return {
    ...row,
    chain: chain as Chain,
    fromBlock: fromBlock === null ? null : Number(fromBlock),
    toBlock: toBlock === null ? null : Number(toBlock),
    failedAt: failedAt.getTime(),
    retriedAt: retriedAt?.getTime() ?? null,
  };
}

/**
 * Deletes letters that are older than `days`, and all but the newest `count`. Blocks of their batches stay
 * gaps.
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
