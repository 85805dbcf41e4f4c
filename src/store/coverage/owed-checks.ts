/**
 * Blocks that were reconciled before another endpoint gave its word of them (`owed_check`). A row is written
 * in the transaction that writes what was read, and stays until that is compared or read again, so that
 * nobody who is killed takes it along. Only blocks that were chosen for a comparison have one.
 */
import type { PoolClient } from 'pg';
import type { OwedCheck } from '../../events/batch.js';
import type { Chain } from '../../events/event.js';
import type { BlockRange } from '../../events/range.js';
import { bulk } from '../bulk.js';
import type { Database } from '../database.js';

type Client = Pick<PoolClient, 'query'>;

/**
 * SQL for blocks of chain $1 from $2 to $3 that are read again: what is owed of an earlier reading is void.
 * To be run in the statement that looks at what stands there, so that both are of one moment.
 */
export const VOID_OWED = 'DELETE FROM owed_check WHERE chain = $1 AND block BETWEEN $2 AND $3';

/** @returns number of rows inserted: what is owed already stays as it is */
export async function insertOwed(client: Client, chain: Chain, owed: readonly OwedCheck[]): Promise<number> {
  if (owed.length === 0) return 0;
  const input = bulk(owed, COLUMNS, 2);
  const { rowCount } = await client.query(
    `INSERT INTO owed_check (chain, since, ${input.names})
     SELECT $1, now() AT TIME ZONE 'UTC', ${input.names} FROM ${input.from} ORDER BY block, digest
     ON CONFLICT DO NOTHING`,
    [chain, ...input.values],
  );
  return rowCount ?? 0;
}

/** These were compared, or will be read again. @returns how many of them were still owed */
export async function deleteOwed(client: Client, chain: Chain, owed: readonly OwedCheck[]): Promise<number> {
  if (owed.length === 0) return 0;
  const input = bulk(owed, KEY, 2);
  const { rowCount } = await client.query(
    `DELETE FROM owed_check o USING ${input.from} WHERE o.chain = $1 AND o.block = t.block AND o.digest = t.digest`,
    [chain, ...input.values],
  );
  return rowCount ?? 0;
}

/** Deletes what is owed of blocks of the range other than these: the chain does not hold them. */
export async function deleteOwedExcept(
  client: Client,
  chain: Chain,
  { fromBlock, toBlock }: BlockRange,
  blocks: readonly number[],
): Promise<number> {
  const { rowCount } = await client.query(`${VOID_OWED} AND NOT block = ANY($4::bigint[])`, [
    chain,
    fromBlock,
    toBlock,
    blocks,
  ]);
  return rowCount ?? 0;
}

/** What is owed of blocks of the range, by ascending block; at most `most` of it. */
export async function listOwed(
  { pool }: Pick<Database, 'pool'>,
  chain: Chain,
  { fromBlock, toBlock }: BlockRange,
  most: number,
): Promise<OwedCheck[]> {
  const { rows } = await pool.query<{ block: string; digest: string; source: string }>(
    `SELECT block, digest, source FROM owed_check
      WHERE chain = $1 AND block BETWEEN $2 AND $3 ORDER BY block, digest LIMIT $4`,
    [chain, fromBlock, toBlock, most],
  );
  return rows.map((row) => ({ ...row, block: Number(row.block) }));
}

export interface OwedSum {
  /** How many checks are owed; counting stops at `MOST_OWED`. */
  readonly count: number;
  /** Milliseconds since 1970 when the oldest of them was written; null when nothing is owed. */
  readonly since: number | null;
}

/** Counting further costs more than anybody learns by it. */
export const MOST_OWED = 10_000;

export async function sumOwed({ pool }: Pick<Database, 'pool'>, chain: Chain): Promise<OwedSum> {
  const { rows } = await pool.query<{ count: number; since: number | null }>(
    `SELECT (SELECT count(*) FROM (SELECT 1 FROM owed_check WHERE chain = $1 LIMIT ${MOST_OWED}) o)::int AS count,
            extract(epoch FROM (SELECT min(since) FROM owed_check WHERE chain = $1))::float8 AS since`,
    [chain],
  );
  const { count = 0, since = null } = rows[0] ?? {};
  return { count, since: since === null ? null : Math.floor(since * 1000) };
}

const KEY = {
  block: ['bigint', (check: OwedCheck) => check.block],
  digest: ['text', (check: OwedCheck) => check.digest],
} as const;
const COLUMNS = { ...KEY, source: ['text', (check: OwedCheck) => check.source] } as const;
