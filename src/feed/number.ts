/**
 * The sequencer's step: gives numbers to the rows that have none. A number is given once and never changes,
 * and what is numbered later stands later.
 *
 * Only rows are numbered whose transaction is older than every transaction that still runs
 * (`pg_snapshot_xmin`): nothing that began earlier can commit any more. Among them the order is that of their
 * ids, which are drawn when all else is written; transaction ids would not do, because the transaction that
 * began first may have waited for the other. For the same reason a row that must still wait holds back all
 * rows with greater ids: they may have been written upon it.
 */
import type { Pool } from 'pg';
import { inTransaction } from '../store/database.js';
import { type FeedState, lockState, lookAt, writeState } from './epoch.js';

/** Channel of PostgreSQL on which a step says that there are new numbers. */
export const CHANNEL = 'ndx_feed';

export interface Numbered extends FeedState {
  /** Rows that got a number in this step. */
  readonly numbered: number;
  /** Rows that may be numbered later wait: call again soon. */
  readonly waiting: boolean;
}

/** Rows of one step. */
const MOST = 500;

/**
 * One step. Any number of processes may do it at once: one waits for the other. Costs one small query while
 * there is nothing to number.
 */
export async function number(pool: Pool, most = MOST): Promise<Numbered> {
  const seen = await lookAt(pool);
  if (seen.ours && !seen.pending) return { ...seen, numbered: 0, waiting: false };
  return inTransaction(pool, async (client) => {
    const state = await lockState(client);
    // The rows of a new epoch count as written by this very transaction, which has to commit first.
    if (state.begun) return { ...state, numbered: 0, waiting: true };
    const { rows } = await client.query<{ numbered: number; looked: number }>(MOVE, [
      state.last,
      state.epoch,
      most,
    ]);
    const { numbered = 0, looked = 0 } = rows[0] ?? {};
    const last = state.last + numbered;
    if (numbered > 0) {
      await writeState(client, { first: state.first, last });
      await client.query('SELECT pg_notify($1, $2)', [CHANNEL, `${state.epoch}.${last}`]);
    }
    return { epoch: state.epoch, first: state.first, last, numbered, waiting: looked > 0 };
  });
}

/** One statement, so that the rows and `xmin` are of one snapshot. */
const MOVE = `
  WITH due AS MATERIALIZED (SELECT id, xid FROM feed_pending ORDER BY id LIMIT $3),
       held AS MATERIALIZED (
         SELECT min(id) AS id FROM due WHERE xid >= pg_snapshot_xmin(pg_current_snapshot())::text::bigint),
       moved AS (
         DELETE FROM feed_pending p USING due, held
          WHERE p.id = due.id AND (held.id IS NULL OR p.id < held.id) RETURNING p.*),
       numbered AS (
         INSERT INTO feed_change (seq, epoch, appended_at, numbered_at, lane, chain, entries, content)
         SELECT $1::bigint + row_number() OVER (ORDER BY id), $2::bigint, appended_at, clock_timestamp(), lane, chain, entries, content
           FROM moved RETURNING seq)
  SELECT (SELECT count(*)::int FROM numbered) AS numbered, (SELECT count(*)::int FROM due) AS looked`;
