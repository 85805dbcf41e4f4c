/**
 * Announcements: addresses that were discovered late, in a block after which other blocks may have been read
 * without them (tables `chain_knowledge` and `late_discovery`; docs/adr/0004-addresses-found-late.md). The
 * announcements of each chain are numbered from 1. What is read carries the number of the newest announcement
 * that it was read with. Once an announcement is fenced, reconcile refuses final batches that carry a smaller
 * number and reach beyond the block where the addresses were discovered, so that no slow job can undo what
 * catching up has written.
 */
import type { Pool, PoolClient } from 'pg';
import type { Chain } from '../events/event.js';
import { inTransaction } from './database.js';

type Db = { readonly pool: Pool };

/**
 * Announcements that are kept. When older ones are deleted, the oldest that is left takes over the lowest of
 * their `after_block`, so that it fences off what they did.
 */
const KEPT = 1000;
/**
 * First key of an advisory lock; the second is the hash of the chain's name. Transactions that reconcile
 * final batches share it; a fence takes it exclusively for a moment.
 */
export const FENCE_LOCK = 4_846_105;

export interface Announced {
  /** Number of the newest announcement; 0 when there is none. */
  readonly number: number;
  /** Address → the block that it was discovered in. */
  readonly addresses: ReadonlyMap<string, number>;
}

/** @returns the addresses of all announcements after `number`, and the number of the newest announcement */
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

/** Number of the newest announcement; 0 when there is none. */
export async function newestAnnouncement(db: Db, chain: Chain): Promise<number> {
  const { rows } = await db.pool.query<{ number: string }>(
    'SELECT number FROM chain_knowledge WHERE chain = $1',
    [chain],
  );
  return Number(rows[0]?.number ?? 0);
}

/**
 * Announces addresses that this reader follows already, so that every other process follows them, too.
 * @param addresses address → the block in which it was discovered
 * @param known number of the newest announcement whose addresses the reader follows already
 * @returns the number of the new announcement, and the addresses that others announced after `known`
 */
export async function announce(
  db: Db,
  chain: Chain,
  addresses: ReadonlyMap<string, number>,
  known: number,
): Promise<Announced> {
  return inTransaction(db.pool, async (client) => {
    // This locks the chain's row until the commit, so announcements become visible in the order of their
    // numbers.
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
 * Makes reconcile refuse final batches that were read before announcement `number` and reach beyond
 * `afterBlock`. Resolves when the transactions that reconcile such batches right now have ended: from then on
 * coverage names every block that was read without the addresses.
 */
export async function fence(db: Db, chain: Chain, number: number, afterBlock: number): Promise<void> {
  await inTransaction(db.pool, async (client) => {
    await client.query(`UPDATE late_discovery SET after_block = $3 WHERE chain = $1 AND number = $2`, [
      chain,
      number,
      afterBlock,
    ]);
    // Deletes announcements beyond KEPT; the oldest one left takes over the lowest `after_block` of those.
    await client.query(
      `WITH gone AS (DELETE FROM late_discovery WHERE chain = $1 AND number <= $2::bigint - $3 RETURNING after_block)
       UPDATE late_discovery SET after_block = LEAST(after_block, (SELECT min(after_block) FROM gone))
        WHERE chain = $1 AND number = (SELECT min(number) FROM late_discovery WHERE chain = $1 AND number > $2::bigint - $3) AND EXISTS (SELECT 1 FROM gone)`,
      [chain, number, KEPT],
    );
  });
  // A transaction that looked for fences before that commit still shares the lock, and is waited for.
  // Requests for a lock queue up: transactions that begin later wait behind this one, and then see the fence.
  await db.pool.query(`SELECT pg_advisory_xact_lock(${FENCE_LOCK}, hashtext($1))`, [chain]);
}

/**
 * Whether reconcile has to refuse a final batch that reaches to `toBlock` and was read with announcements up
 * to number `knowledge`: a later announcement is fenced, so the batch may lack events of its addresses.
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
