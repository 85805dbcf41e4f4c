/**
 * Blocks that were reconciled as `confirmed`, by number and hash (`pending_block`). A row says that the
 * ledger holds everything of ours in exactly this block. Where that is not certain there is no row, and the
 * block is read again once it is final.
 */
import type { PoolClient } from 'pg';
import type { BlockHash } from '../../events/batch.js';
import type { Chain } from '../../events/event.js';
import type { BlockRange } from '../../events/range.js';
import { bulk } from '../bulk.js';
import type { Database } from '../database.js';

type Client = Pick<PoolClient, 'query'>;

export interface PendingRange extends BlockRange {
  readonly chain: Chain;
  readonly fingerprint: string;
}

/** Makes the rows of the range equal to these blocks. @returns number of rows inserted, updated or deleted */
export async function replacePending(
  client: Client,
  range: PendingRange,
  blocks: readonly BlockHash[],
): Promise<number> {
  const { chain, fingerprint, fromBlock, toBlock } = range;
  const input = bulk(
    blocks,
    { block: ['bigint', (item) => item.block], hash: ['text', (item) => item.hash] },
    5,
  );
  const { rows } = await client.query<{ changed: number }>(
    `WITH input AS (SELECT * FROM ${input.from}),
          gone AS (DELETE FROM pending_block WHERE chain = $1 AND block BETWEEN $3 AND $4 AND NOT block IN (SELECT block FROM input) RETURNING 1),
          written AS (
            INSERT INTO pending_block AS p (chain, fingerprint, block, hash) SELECT $1, $2, block, hash FROM input ORDER BY block
            ON CONFLICT (chain, block) DO UPDATE SET hash = EXCLUDED.hash, fingerprint = EXCLUDED.fingerprint
             WHERE p.hash <> EXCLUDED.hash OR p.fingerprint <> EXCLUDED.fingerprint
            RETURNING 1)
     SELECT (SELECT count(*) FROM gone)::int + (SELECT count(*) FROM written)::int AS changed`,
    [chain, fingerprint, fromBlock, toBlock, ...input.values],
  );
  return rows[0]?.changed ?? 0;
}

/**
 * Deletes the rows of blocks of which an event now stands in another block: the ledger no longer holds all of
 * theirs.
 */
export async function forgetPending(
  client: Client,
  chain: Chain,
  blocks: readonly number[],
): Promise<number> {
  if (blocks.length === 0) return 0;
  const { rowCount } = await client.query(
    'DELETE FROM pending_block WHERE chain = $1 AND block = ANY($2::bigint[])',
    [chain, blocks],
  );
  return rowCount ?? 0;
}

/**
 * Deletes the rows up to `block`, which is settled: those blocks are final now, or are gaps that will be read
 * again.
 */
export async function forgetPendingUntil(client: Client, chain: Chain, block: number): Promise<number> {
  const { rowCount } = await client.query('DELETE FROM pending_block WHERE chain = $1 AND block <= $2', [
    chain,
    block,
  ]);
  return rowCount ?? 0;
}

/**
 * @returns the numbers of those blocks that were reconciled as `confirmed` with the same hash and fingerprint
 */
export async function matchPending(
  client: Client,
  chain: Chain,
  fingerprint: string,
  blocks: readonly BlockHash[],
): Promise<ReadonlySet<number>> {
  const input = bulk(
    blocks,
    { block: ['bigint', (item) => item.block], hash: ['text', (item) => item.hash] },
    3,
  );
  const { rows } = await client.query<{ block: string }>(
    `SELECT p.block FROM ${input.from} JOIN pending_block p ON p.chain = $1 AND p.fingerprint = $2 AND p.block = t.block AND p.hash = t.hash`,
    [chain, fingerprint, ...input.values],
  );
  return new Set(rows.map((row) => Number(row.block)));
}

/** Number of the newest block reconciled as `confirmed`; null when there is none. */
export async function newestPending(
  { prisma }: Pick<Database, 'prisma'>,
  chain: Chain,
): Promise<number | null> {
  const { _max } = await prisma.pendingBlock.aggregate({ where: { chain }, _max: { block: true } });
  return _max.block === null ? null : Number(_max.block);
}
