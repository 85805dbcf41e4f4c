/**
 * Reads the feed: the entries after a position, in the one order. What a reader has to do: keep `next`, read
 * again from there; on `reset` read the tables anew and go on from where it says.
 */
import type { Pool } from 'pg';
import { CHAINS, type Chain } from '../events/event.js';
import { messageOf } from '../runtime/errors.js';
import { type FeedEntry, type FeedId, LANES, type Lane } from './change.js';
import { decodeContent } from './content.js';
import { type FeedState, NO_STATE, STATE_COLUMNS, type StateRow, stateOf } from './epoch.js';
import { type Placed, resolve } from './resolve.js';

/**
 * Why a reader has to begin anew. `epoch`: the database was restored, promoted or moved. `retention`: what
 * comes after the position is no longer kept. `ahead`: the feed has never been there.
 */
export type ResetReason = 'epoch' | 'retention' | 'ahead';

export interface FeedPage {
  readonly entries: readonly FeedEntry[];
  /** Read on from here. Beyond the last of `entries` where a filter left out the ones after it. */
  readonly next: FeedId;
  /** Whether there is more already. */
  readonly more: boolean;
  /** Nothing can be told from the position asked for: read the tables, then go on from `next`. */
  readonly reset?: ResetReason;
}

export interface ReadOptions {
  readonly after: FeedId;
  /** Most entries to look at, from 1. */
  readonly limit: number;
  /** Which of them to return; all by default. */
  readonly filter?: (entry: FeedEntry) => boolean;
}

/** Rows of one query. A row is as large as the batch that wrote it. */
const MOST_ROWS = 50;

/** No more rows than hold `$3` entries: the content of the others would be read in vain. */
const ROWS = `SELECT * FROM (
    SELECT f.*, sum(f.entries) OVER (ORDER BY f.seq) - f.entries AS passed
      FROM (SELECT * FROM feed_change WHERE seq >= $1 ORDER BY seq LIMIT $2) f) counted
  WHERE passed < $3`;

interface ChangeRow {
  readonly seq: string | null;
  readonly lane: string;
  readonly chain: string | null;
  readonly content: string;
  /** Unix milliseconds. */
  readonly at: number;
}

/** The end of the feed: what is numbered from now on stands after it. On a standby, its own end. */
export async function readEnd(pool: Pick<Pool, 'query'>): Promise<FeedId> {
  const { rows } = await pool.query<StateRow>(`SELECT ${STATE_COLUMNS} FROM feed_state s`);
  return endOf(rows[0] ? stateOf(rows[0]) : NO_STATE);
}

function endOf({ epoch, last }: FeedState): FeedId {
  return { epoch, seq: last + 1, n: 0 };
}

/** Where the feed begins: before the oldest entry that is kept. */
export async function readBeginning(pool: Pick<Pool, 'query'>): Promise<FeedId> {
  const { rows } = await pool.query<StateRow>(`SELECT ${STATE_COLUMNS} FROM feed_state s`);
  const { epoch, first } = rows[0] ? stateOf(rows[0]) : NO_STATE;
  return { epoch, seq: first, n: 0 };
}

/**
 * Reads entries after a position. On a standby that has not come to the position yet there are none: wait for
 * it.
 * @param pool also of a standby
 */
export async function readFeed(
  pool: Pick<Pool, 'query'>,
  { after, limit, filter = () => true }: ReadOptions,
): Promise<FeedPage> {
  // State and rows are of one snapshot: what is deleted meanwhile is not missed without a word.
  const { rows } = await pool.query<StateRow & ChangeRow & { standby: boolean }>(
    `SELECT ${STATE_COLUMNS}, pg_is_in_recovery() AS standby, c.seq, c.lane, c.chain, c.content,
            extract(epoch FROM c.appended_at)::float8 * 1000 AS at
       FROM feed_state s
       LEFT JOIN LATERAL (${ROWS}) c ON true
      ORDER BY c.seq`,
    [after.seq, Math.min(limit, MOST_ROWS) + 1, limit + after.n],
  );
  const [first] = rows;
  const state = first ? stateOf(first) : NO_STATE;
  const standby = first?.standby ?? false;
  // A standby follows its primary: what is newer there comes here, too.
  if (standby && after.epoch > state.epoch) return { entries: [], next: after, more: false };
  const reset = resetOf(state, after, standby);
  if (reset !== null) return { entries: [], next: endOf(state), more: false, reset };
  const placed: Placed[] = [];
  let next = after;
  for (const row of rows) {
    if (row.seq === null || placed.length >= limit) break;
    const seq = Number(row.seq);
    const stored = entriesOf(row);
    const from = seq === after.seq ? after.n : 0;
    const part = stored.slice(from, from + limit - placed.length);
    part.forEach((entry, at) => {
      placed.push(placedOf(row, { epoch: state.epoch, seq, n: from + at + 1 }, entry));
    });
    const done = from + part.length >= stored.length;
    next = { epoch: state.epoch, seq: done ? seq + 1 : seq, n: done ? 0 : from + part.length };
  }
  const entries = (await resolve(pool, placed)).filter(filter);
  return { entries, next, more: next.seq <= state.last };
}

/** @returns null when the reader can go on from there */
function resetOf(state: FeedState, after: FeedId, standby: boolean): ResetReason | null {
  const ahead = after.seq > state.last + 1 || (after.seq === state.last + 1 && after.n > 0);
  if (after.epoch !== state.epoch) return 'epoch';
  if (after.seq < state.first) return 'retention';
  return ahead && !standby ? 'ahead' : null;
}

function entriesOf({ content, chain }: ChangeRow): Placed['stored'][] {
  try {
    return decodeContent(content, chainOf(chain));
  } catch (error) {
    return [{ kind: 'unreadable', reason: messageOf(error) }];
  }
}

function chainOf(chain: string | null): Chain | null {
  return CHAINS.find((name) => name === chain) ?? null;
}

function placedOf(row: ChangeRow, id: FeedId, stored: Placed['stored']): Placed {
  const lane: Lane = LANES.find((name) => name === row.lane) ?? 'backfill';
  return { id, lane, at: Math.round(row.at), chain: chainOf(row.chain), stored };
}
