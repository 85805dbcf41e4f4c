/** Puts what a database transaction changed into the feed. Its number is given later, by the sequencer. */
import type { PoolClient } from 'pg';
import type { Change } from './change.js';
import { encodeChange } from './content.js';

/**
 * Writes one row, in the transaction of the client; none when nothing changed. Call it once, after every
 * other write of the transaction: of two transactions that wait for each other's rows, the later one must be
 * the later one here, too. Nobody is notified: that would make transactions commit one after another.
 * @returns whether a row was written
 */
export async function appendChange(client: Pick<PoolClient, 'query'>, change: Change): Promise<boolean> {
  const { text, entries } = encodeChange(change);
  if (entries === 0) return false;
  await client.query('INSERT INTO feed_pending (lane, chain, entries, content) VALUES ($1, $2, $3, $4)', [
    change.lane,
    change.chain ?? null,
    entries,
    text,
  ]);
  return true;
}
