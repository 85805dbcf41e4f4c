/**
 * The lease by which one process leads: a listener its chain, a worker the feed. Its token grows with every
 * change of leader: once a newer token is stored, writes under an older one are refused, even when the old
 * leader was only frozen and still believes that it leads.
 */
import type { Pool, PoolClient } from 'pg';
import type { Chain } from '../../events/event.js';
import type { BlockRange } from '../../events/range.js';
import { FENCE_LOCK } from '../announcements.js';

type Db = { readonly pool: Pool };

export interface LeaseRow {
  readonly holder: string;
  readonly token: number;
  /** Milliseconds left by the database's clock; negative when the lease has run out. */
  readonly remaining: number;
}

/**
 * Takes the lease when it is free or has run out. Waits for transactions that reconcile under the old token,
 * so that none of them commits afterwards.
 * @param name what is led: a chain, or `feed`
 * @param milliseconds how long the lease lasts unless it is renewed
 * @returns the new token; null when somebody holds the lease
 */
export async function acquireLease(
  db: Db,
  name: string,
  holder: string,
  milliseconds: number,
): Promise<number | null> {
  const { rows } = await db.pool.query<{ token: string }>(
    `INSERT INTO leader_lease AS l (chain, holder, token, expires_at)
     VALUES ($1, $2, 1, clock_timestamp() + $3::float8 * interval '1 ms')
     ON CONFLICT (chain) DO UPDATE SET holder = EXCLUDED.holder, token = l.token + 1, expires_at = EXCLUDED.expires_at
      WHERE l.expires_at <= clock_timestamp()
     RETURNING token`,
    [name, holder, milliseconds],
  );
  return rows[0] ? Number(rows[0].token) : null;
}

/**
 * Lets the lease end `milliseconds` from now.
 * @returns false when somebody else has taken it meanwhile: it cannot be had back
 */
export async function renewLease(
  db: Db,
  name: string,
  token: number,
  milliseconds: number,
): Promise<boolean> {
  const { rowCount } = await db.pool.query(
    `UPDATE leader_lease SET expires_at = clock_timestamp() + $3::float8 * interval '1 ms' WHERE chain = $1 AND token = $2`,
    [name, token, milliseconds],
  );
  return rowCount === 1;
}

/** Ends the lease, so that another process can take it at once. */
export async function releaseLease(db: Db, name: string, token: number): Promise<void> {
  // The column holds milliseconds and rounds up: of now, it might lie ahead.
  await db.pool.query(
    `UPDATE leader_lease SET expires_at = clock_timestamp() - interval '1 ms' WHERE chain = $1 AND token = $2`,
    [name, token],
  );
}

/** @returns null when nobody has ever led */
export async function readLease(db: Db, name: string): Promise<LeaseRow | null> {
  const { rows } = await db.pool.query<{ holder: string; token: string; remaining: number }>(
    `SELECT holder, token, extract(epoch FROM expires_at - clock_timestamp())::float8 * 1000 AS remaining FROM leader_lease WHERE chain = $1`,
    [name],
  );
  const row = rows[0];
  return row ? { holder: row.holder, token: Number(row.token), remaining: row.remaining } : null;
}

/** First key of the advisory locks that keep confirmed and final batches of the same blocks apart. */
const BLOCKS_LOCK = 4_846_104;
/** Number of blocks that share a lock. A batch is at most a few hundred blocks long. */
const BUCKET = 1024;

export interface Guarded {
  readonly chain: Chain;
  /** Ranges that the batch writes. */
  readonly blocks: readonly BlockRange[];
  /** true: no other batch may work on these blocks meanwhile. false: others that are not alone may. */
  readonly alone: boolean;
  /** Token of the lease under which the batch was read; null: under none. */
  readonly lease: number | null;
  /**
   * Whether to keep new fences from taking effect until the transaction ends, so that what isFenced says
   * still holds when it commits.
   */
  readonly fences: boolean;
}

/**
 * The first statement of a transaction that reconciles. Until the transaction ends it locks the blocks, the
 * token of the lease and, where asked for, the fences.
 * @returns false when the lease is another's by now: the batch has to be refused
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
