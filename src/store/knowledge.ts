/**
 * What is followed grows while blocks are read: an address may become ours in a block before others that were read already. Whoever
 * finds one late announces it, and from a number on everything is read with it; once it is raised, what was read earlier is refused, so
 * that no slow job can undo what is read of the address meanwhile.
 */
import type { Pool, PoolClient } from 'pg';
import type { Chain } from '../events/event.js';
import { inTransaction } from './database.js';

type Db = { readonly pool: Pool };

/** Announcements kept one by one; older ones count as one. */
const KEPT = 1000;
/** First key of the advisory lock, one a chain, that who reconciles final blocks shares, and who raises has to himself for a moment. */
export const KNOWLEDGE_LOCK = 4_846_105;

export interface Announced {
  /** Of the newest announcement; 0: there is none. */
  readonly number: number;
  /** Address → the block that made it known. */
  readonly addresses: ReadonlyMap<string, number>;
}

/** Everything announced after `number`. */
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

/** Number of the newest announcement. */
export async function newestAnnouncement(db: Db, chain: Chain): Promise<number> {
  const { rows } = await db.pool.query<{ number: string }>(
    'SELECT number FROM chain_knowledge WHERE chain = $1',
    [chain],
  );
  return Number(rows[0]?.number ?? 0);
}

/**
 * Call it when the reader follows the addresses.
 * @param known number up to which the reader knows everything that was announced
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
 * From now on a final batch that reaches beyond `afterBlock` and was read before the announcement is refused. Waits for those that are
 * being reconciled: afterwards coverage tells all that was read without the addresses.
 */
export async function raise(db: Db, chain: Chain, number: number, afterBlock: number): Promise<void> {
  await inTransaction(db.pool, async (client) => {
    await client.query(`UPDATE late_discovery SET after_block = $3 WHERE chain = $1 AND number = $2`, [
      chain,
      number,
      afterBlock,
    ]);
    // The oldest that is kept stands for all before it.
    await client.query(
      `WITH gone AS (DELETE FROM late_discovery WHERE chain = $1 AND number <= $2::bigint - $3 RETURNING after_block)
       UPDATE late_discovery SET after_block = LEAST(after_block, (SELECT min(after_block) FROM gone))
        WHERE chain = $1 AND number = (SELECT min(number) FROM late_discovery WHERE chain = $1 AND number > $2::bigint - $3) AND EXISTS (SELECT 1 FROM gone)`,
      [chain, number, KEPT],
    );
  });
  // Whoever looked before that commit holds the lock. It is queued for: those that come later, and see it, do not keep us waiting.
  await db.pool.query(`SELECT pg_advisory_xact_lock(${KNOWLEDGE_LOCK}, hashtext($1))`, [chain]);
}

/** Whether something was raised since `knowledge` that concerns blocks up to `toBlock`: what was read then may lack events. */
export async function isOutdated(
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
