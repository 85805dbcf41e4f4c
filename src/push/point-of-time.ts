/**
 * Where in the feed a block may first be told. Changes are numbered in the order of time, so the place is
 * found by halving, with a few look-ups by primary key, and not by reading what the feed holds.
 */
import type { Pool } from 'pg';
import type { Chain } from '../events/event.js';
import type { FeedId } from '../feed/change.js';
import { readBeginning, readEnd } from '../feed/read.js';
import { NdxError } from '../runtime/errors.js';

/** Milliseconds by which the chain's clock may be ahead of the database's. */
const SKEW = 60_000;

/**
 * A point before which nothing of the block was told: nothing of it can be told before it was made.
 * @throws NdxError INPUT_INVALID when the ledger holds nothing of the block or of a later one
 */
export async function pointOfTime(pool: Pool, chain: Chain, block: number): Promise<FeedId> {
  const { rows } = await pool.query<{ at: number | null }>(
    `SELECT extract(epoch FROM block_time)::float8 * 1000 AS at FROM ledger_event
      WHERE chain = $1 AND block >= $2 AND block_time IS NOT NULL
      ORDER BY block, transaction_index, event_index LIMIT 1`,
    [chain, block],
  );
  const at = rows[0]?.at;
  if (at == null)
    throw new NdxError('INPUT_INVALID', `the ledger holds nothing of ${chain} from block ${block} on`);
  const beginning = await readBeginning(pool);
  const end = await readEnd(pool);
  let low = beginning.seq;
  let high = end.seq;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (await isNumberedBefore(pool, middle, at - SKEW)) low = middle + 1;
    else high = middle;
  }
  return { epoch: end.epoch, seq: low, n: 0 };
}

async function isNumberedBefore(pool: Pool, seq: number, at: number): Promise<boolean> {
  const { rows } = await pool.query<{ before: boolean }>(
    `SELECT extract(epoch FROM numbered_at)::float8 * 1000 < $2 AS before FROM feed_change
      WHERE seq >= $1 ORDER BY seq LIMIT 1`,
    [seq, at],
  );
  return rows[0]?.before ?? false;
}
