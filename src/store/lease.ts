/**
 * The lease by which one listener of a chain leads. Its token grows with every change of leader and fences
 * the old one off: whatever is written under a token is refused once a newer one stands, also when the old
 * leader was only frozen.
 */
import type { Pool, PoolClient } from 'pg';
import type { Chain } from '../events/event.js';
import type { BlockRange } from '../events/range.js';
import { FENCE_LOCK } from './announcements.js';

type Db = { readonly pool: Pool };

export interface LeaseRow {
  readonly holder: string;
  readonly token: number;
  /** Milliseconds left, by the database's clock; negative when it has run out. */
  readonly remaining: number;
}

/**
 * Takes the lease when it is free or has run out. Waits for transactions that reconcile under the old token,
 * so that none of them commits afterwards.
 * @returns the new token; null when somebody holds the lease
 */
export async function acquireLease(
  db: Db,
  chain: Chain,
  holder: string,
  milliseconds: number,
): Promise<number | null> {
  const { rows } = await db.pool.query<{ token: string }>(
    `INSERT INTO leader_lease AS l (chain, holder, token, expires_at)
     VALUES ($1, $2, 1, clock_timestamp() + $3::float8 * interval '1 ms')
     ON CONFLICT (chain) DO UPDATE SET holder = EXCLUDED.holder, token = l.token + 1, expires_at = EXCLUDED.expires_at
      WHERE l.expires_at <= clock_timestamp()
     RETURNING token`,
    [chain, holder, milliseconds],
  );
  return rows[0] ? Number(rows[0].token) : null;
}

/** @returns false when somebody else has the lease by now: it cannot be had back */
export async function renewLease(
  db: Db,
  chain: Chain,
  token: number,
  milliseconds: number,
): Promise<boolean> {
  const { rowCount } = await db.pool.query(
    `UPDATE leader_lease SET expires_at = clock_timestamp() + $3::float8 * interval '1 ms' WHERE chain = $1 AND token = $2`,
    [chain, token, milliseconds],
  );
  return rowCount === 1;
}

/** Lets the next one take over at once. */
export async function releaseLease(db: Db, chain: Chain, token: number): Promise<void> {
  await db.pool.query(
    `UPDATE leader_lease SET expires_at = clock_timestamp() WHERE chain = $1 AND token = $2`,
    [chain, token],
  );
}

/** null when no listener ever led. */
export async function readLease(db: Db, chain: Chain): Promise<LeaseRow | null> {
  const { rows } = await db.pool.query<{ holder: string; token: string; remaining: number }>(
    `SELECT holder, token, extract(epoch FROM expires_at - clock_timestamp())::float8 * 1000 AS remaining FROM leader_lease WHERE chain = $1`,
    [chain],
  );
  const row = rows[0];
  return row ? { holder: row.holder, token: Number(row.token), remaining: row.remaining } : null;
}

/** First key of the advisory locks that keep confirmed and final batches of the same blocks apart. */
const BLOCKS_LOCK = 4_846_104;
/** Blocks that share a lock. Batches are at most a few hundred blocks long. */
const BUCKET = 1024;

export interface Guarded {
  readonly chain: Chain;
  /** Inclusive stretches that the batch writes. */
  readonly blocks: readonly BlockRange[];
  /** Alone, or beside others that are not. */
  readonly alone: boolean;
  /** null: written under no lease. */
  readonly lease: number | null;
  /**
   * Until the transaction ends no other fence takes effect: what it then finds of fences (isFenced) still
   * holds when it commits.
   */
  readonly fences: boolean;
}

/**
 * First statement of a transaction that reconciles: locks the blocks, the lease's token and the fences until
 * it ends.
 * @returns false when the lease is another's by now
 */
export async function guard(
  client: Pick<PoolClient, 'query'>,
  { chain, blocks, alone, lease, fences }: Guarded,
): Promise<boolean> {
  const buckets = new Set<number>();
  for (const { fromBlock, toBlock } of blocks) {
    for (let bucket = Math.floor(fromBlock / BUCKET); bucket <= Math.floor(toBlock / BUCKET); bucket++)
      buckets.add(bucket);
  }
  const { rows } = await client.query<{ token: string | null }>(
    `WITH leader AS MATERIALIZED (SELECT token FROM leader_lease WHERE $2::bigint IS NOT NULL AND chain = $1 FOR KEY SHARE),
          fences AS MATERIALIZED (SELECT pg_advisory_xact_lock_shared(${FENCE_LOCK}, hashtext($1)) WHERE $4::boolean),
          locks AS MATERIALIZED (SELECT ${alone ? 'pg_advisory_xact_lock' : 'pg_advisory_xact_lock_shared'}(${BLOCKS_LOCK}, hashtext($1 || ' ' || bucket))
                                   FROM unnest($3::bigint[]) AS bucket)
     SELECT (SELECT token FROM leader) AS token, (SELECT count(*) FROM fences) AS fenced, (SELECT count(*) FROM locks) AS locked`,
    [chain, lease, [...buckets].sort((a, b) => a - b), fences],
  );
  return lease === null || Number(rows[0]?.token) === lease;
}
