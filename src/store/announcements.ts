/**
 * Announcements of addresses that blocks made ours (`chain_knowledge`, `late_discovery`), numbered from 1 in
 * each chain. What is read carries the number of the newest announcement that it was read with. Once an
 * announcement is fenced, reconcile refuses what carries a smaller number and reaches beyond the block that
 * made the addresses known, so that no slow job can undo what catching up writes.
 */
import type { Pool, PoolClient } from 'pg';
import type { Chain } from '../events/event.js';
import { inTransaction } from './database.js';

type Db = { readonly pool: Pool };

/** Newest announcements kept one by one; what older ones fence off is kept with the oldest of these. */
const KEPT = 1000;
/**
 * First key of the advisory lock, one a chain, that transactions which reconcile final blocks share and that
 * a fence takes alone for a moment.
 */
export const FENCE_LOCK = 4_846_105;

export interface Announced {
  /** Of the newest announcement; 0 when there is none. */
  readonly number: number;
  /** Address → the block that it was discovered in. */
  readonly addresses: ReadonlyMap<string, number>;
}

/** @returns what was announced after `number`, and the newest number */
export async function announcedSince(
  client: Pick<PoolClient, 'query'>,
  chain: Chain,
  number: number,
): Promise<Announced> {
  const { rows } = await client.query<{ number: string; address: string | null; since: string | null }>(
    `SELECT k.number, a.address, a.since FROM chain_knowledge k
       LEFT JOIN LATERAL (SELECT t.address, t.since FROM late_discovery d, unnest(d.addresses, d.since) AS t(address, since)
                           WHERE d.chain = k.chain AND d.number > $2) a ON true
      WHERE k.chain = $1`,
    [chain, number],
  );
  const addresses = new Map<string, number>();
  for (const { address, since } of rows) if (address !== null) addresses.set(address, Number(since));
  return { number: Number(rows[0]?.number ?? 0), addresses };
}

/** @returns number of the newest announcement; 0 when there is none */
export async function newestAnnouncement(db: Db, chain: Chain): Promise<number> {
  const { rows } = await db.pool.query<{ number: string }>(
    'SELECT number FROM chain_knowledge WHERE chain = $1',
    [chain],
  );
  return Number(rows[0]?.number ?? 0);
}

/**
 * Announces addresses that the reader follows already.
 * @param addresses with the block that each was discovered in
 * @param known number up to which the reader follows everything that was announced
 * @returns the announcement's number, and what others announced between `known` and it
 */
export async function announce(
  db: Db,
  chain: Chain,
  addresses: ReadonlyMap<string, number>,
  known: number,
): Promise<Announced> {
  return inTransaction(db.pool, async (client) => {
    // The row lock gives numbers out in the order in which they become visible.
    const { rows } = await client.query<{ number: string }>(
      `INSERT INTO chain_knowledge AS k (chain, number) VALUES ($1, 1) ON CONFLICT (chain) DO UPDATE SET number = k.number + 1 RETURNING number`,
      [chain],
    );
    const number = Number(rows[0]?.number);
    const others = await announcedSince(client, chain, known);
    await client.query(
      `INSERT INTO late_discovery (chain, number, addresses, since) VALUES ($1, $2, $3, $4)`,
      [chain, number, [...addresses.keys()], [...addresses.values()]],
    );
    return { number, addresses: others.addresses };
  });
}

/**
 * From now on reconcile refuses a final batch that was read before the announcement and reaches beyond
 * `afterBlock`. Waits for those that are being reconciled: afterwards coverage names all blocks that were
 * read without the addresses.
 */
export async function fence(db: Db, chain: Chain, number: number, afterBlock: number): Promise<void> {
  await inTransaction(db.pool, async (client) => {
    await client.query(`UPDATE late_discovery SET after_block = $3 WHERE chain = $1 AND number = $2`, [
      chain,
      number,
      afterBlock,
    ]);
    // The oldest that is kept fences off what those before it did.
    await client.query(
      `WITH gone AS (DELETE FROM late_discovery WHERE chain = $1 AND number <= $2::bigint - $3 RETURNING after_block)
       UPDATE late_discovery SET after_block = LEAST(after_block, (SELECT min(after_block) FROM gone))
        WHERE chain = $1 AND number = (SELECT min(number) FROM late_discovery WHERE chain = $1 AND number > $2::bigint - $3) AND EXISTS (SELECT 1 FROM gone)`,
      [chain, number, KEPT],
    );
  });
  // A transaction that asked before that commit still shares the lock. Waiters queue: those that begin later
  // see the fence and go behind us.
  await db.pool.query(`SELECT pg_advisory_xact_lock(${FENCE_LOCK}, hashtext($1))`, [chain]);
}

/**
 * Whether blocks up to `toBlock` that were read with announcements up to `knowledge` are fenced off: they may
 * lack events.
 */
export async function isFenced(
  client: Pick<PoolClient, 'query'>,
  chain: Chain,
  knowledge: number,
  toBlock: number,
): Promise<boolean> {
  const { rowCount } = await client.query(
    `SELECT 1 FROM late_discovery WHERE chain = $1 AND number > $2 AND after_block < $3 LIMIT 1`,
    [chain, knowledge, toBlock],
  );
  return (rowCount ?? 0) > 0;
}
