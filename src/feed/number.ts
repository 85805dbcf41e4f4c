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
import { type FeedState, type Looked, lockState, lookAt, writeState } from './epoch.js';

/** Channel of PostgreSQL on which a step says that there are new numbers. */
export const CHANNEL = 'ndx_feed';

export interface Numbered extends FeedState {
  /** Rows that got a number in this step. */
  readonly numbered: number;
  /** Rows without a number are left: `due` may be numbered at once, `held` only when others have ended. */
  readonly left: 'none' | 'held' | 'due';
}

/** Rows of one step. */
const MOST = 500;

/**
 * A sequencer, which remembers up to where ids are done for. Any number of processes may have one: their
 * steps wait for each other. A step costs one small query while there is nothing to number.
 */
export function createNumbering(pool: Pool, most = MOST): () => Promise<Numbered> {
  const floor = createFloor();
  return async () => {
    const seen = await lookAt(pool, floor.id());
    floor.learn(seen);
    if (seen.ours && seen.pending !== 'due') return { ...seen, numbered: 0, left: seen.pending };
    return inTransaction(pool, async (client) => {
      const state = await lockState(client);
      // The rows of a new epoch count as written by this very transaction, which has to commit first.
      if (state.begun) return { ...state, numbered: 0, left: 'due' };
      const { rows } = await client.query<{ numbered: number; looked: number }>(MOVE, [
        state.last,
        state.epoch,
        most,
        floor.id(),
      ]);
      const { numbered = 0, looked = 0 } = rows[0] ?? {};
      const last = state.last + numbered;
      if (numbered > 0) {
        await writeState(client, { first: state.first, last });
        await client.query('SELECT pg_notify($1, $2)', [CHANNEL, `${state.epoch}.${last}`]);
      }
      const left = looked < most && looked === numbered ? 'none' : numbered > 0 ? 'due' : 'held';
      return { epoch: state.epoch, first: state.first, last, numbered, left };
    });
  };
}

/** One step of a sequencer that remembers nothing. */
export function number(pool: Pool, most = MOST): Promise<Numbered> {
  return createNumbering(pool, most)();
}

/** Looks between two marks, and looks after which everything is looked at again. */
const MARK_EVERY = 200;
const FORGET_EVERY = 20_000;

/**
 * The id up to which nothing can come any more: deleted rows that no vacuum may remove yet, because somebody
 * reads an old snapshot, are not passed over with every look. An id is done for when it was drawn before a
 * mark, all transactions of that time have ended, and no row with such an id is left.
 */
function createFloor() {
  let floor = 0;
  let looks = 0;
  let mark: { readonly id: number; readonly xmax: number } | null = null;
  return {
    id: () => floor,
    learn: ({ xmin, xmax, drawn, oldest, ours }: Looked): void => {
      looks += 1;
      // Whatever was thought of too late is found then.
      if (!ours || looks % FORGET_EVERY === 0) {
        floor = 0;
        mark = null;
      } else if (mark === null) {
        if (looks % MARK_EVERY === 0) mark = { id: drawn, xmax };
      } else if (xmin >= mark.xmax && (oldest === null || oldest > mark.id)) {
        floor = mark.id;
        mark = null;
      }
    },
  };
}

/** One statement, so that the rows and `xmin` are of one snapshot. */
const MOVE = `
  WITH due AS MATERIALIZED (SELECT id, xid FROM feed_pending WHERE id > $4 ORDER BY id LIMIT $3),
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
