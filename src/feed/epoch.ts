/**
 * Where the feed stands, and whether this is still the server that gave the numbers. After a restore, the
 * promotion of a standby or a move, the same numbers would be given again to other content, and transaction
 * ids may begin anew: then a new epoch begins. It is noticed by three marks of the row `feed_state`:
 *
 * - `identity`: the cluster's system identifier, its timeline (a promotion or a restore to a point in time
 *   begins a new one), and the database's own id (a copy within the cluster has another);
 * - `written_by`: the transaction that wrote the row is the one that PostgreSQL notes with the row (`xmin`).
 *   A row that came from a dump was written by another.
 */
import type { Pool, PoolClient } from 'pg';

/** Where the feed stands. */
export interface FeedState {
  readonly epoch: number;
  /** The smallest number that is kept; `last + 1` when none is. */
  readonly first: number;
  readonly last: number;
}

/** A database whose sequencer has never run. */
export const NO_STATE: FeedState = { epoch: 0, first: 1, last: 0 };

const IDENTITY = `(SELECT system_identifier FROM pg_control_system()) || '/' ||
  left(pg_walfile_name(pg_current_wal_lsn()), 8) || '/' ||
  (SELECT oid FROM pg_database WHERE datname = current_database())`;

const OURS = `s.identity = ${IDENTITY} AND s.xmin::text::bigint = s.written_by % 4294967296`;

const MINE = 'pg_current_xact_id()::text::bigint';

/** Columns of {@link FeedState}, as pg returns them, of `feed_state s`. */
export const STATE_COLUMNS = 's.epoch, s.first, s.last';

export interface StateRow {
  readonly epoch: string;
  readonly first: string;
  readonly last: string;
}

export function stateOf(row: StateRow): FeedState {
  return { epoch: Number(row.epoch), first: Number(row.first), last: Number(row.last) };
}

export interface Looked extends FeedState {
  /** Whether the marks are those of this server. */
  readonly ours: boolean;
  /** Whether a row can be numbered now; `held`: there are rows, but the first one has to wait. */
  readonly pending: 'none' | 'held' | 'due';
  /** Id of the first row without a number; null when there is none. */
  readonly oldest: number | null;
  /** Bounds of running transactions (`pg_snapshot_xmin`, `pg_snapshot_xmax`), and the newest id drawn. */
  readonly xmin: number;
  readonly xmax: number;
  readonly drawn: number;
}

interface LookedRow extends StateRow {
  readonly ours: boolean;
  readonly pending: string | null;
  readonly xid: string | null;
  readonly xmin: string;
  readonly xmax: string;
  readonly drawn: string;
}

/**
 * Looks without writing or locking anything: what a sequencer asks many times a second. Not on a standby.
 * @param floor ids up to this one are known to be numbered
 */
export async function lookAt(pool: Pool, floor: number): Promise<Looked> {
  const { rows } = await pool.query<LookedRow>(
    `SELECT coalesce(s.epoch, 0) AS epoch, coalesce(s.first, 1) AS first, coalesce(s.last, 0) AS last,
            coalesce(${OURS}, false) AS ours, p.id AS pending, p.xid, d.last_value AS drawn,
            pg_snapshot_xmin(n.now)::text AS xmin, pg_snapshot_xmax(n.now)::text AS xmax
       FROM pg_current_snapshot() AS n(now) CROSS JOIN feed_pending_id_seq d
       LEFT JOIN feed_state s ON true
       LEFT JOIN LATERAL (SELECT id, xid FROM feed_pending WHERE id > $1 ORDER BY id LIMIT 1) p ON true`,
    [floor],
  );
  const [row] = rows;
  if (row === undefined) throw new Error('PostgreSQL did not say where the feed stands');
  const [xmin, xmax] = [Number(row.xmin), Number(row.xmax)];
  const waiting = Number(row.xid) < xmin ? 'due' : 'held';
  return {
    ...stateOf(row),
    ours: row.ours,
    pending: row.pending === null ? 'none' : waiting,
    oldest: row.pending === null ? null : Number(row.pending),
    xmin,
    xmax,
    drawn: Number(row.drawn),
  };
}

/**
 * Locks the state until the transaction ends, so that only one sequencer gives numbers; makes it where there
 * is none yet. When this is not the server that gave the numbers, begins a new epoch: rows without a number
 * count as written by this transaction, because their transaction ids are of the other server.
 * @returns `begun`: an epoch has just begun; then nothing may be numbered in this transaction
 */
export async function lockState(client: PoolClient): Promise<FeedState & { readonly begun: boolean }> {
  await client.query(
    `INSERT INTO feed_state (one, epoch, first, last, identity, written_by)
     SELECT 1, 0, coalesce(min(seq), 1), coalesce(max(seq), 0), '', 0 FROM feed_change ON CONFLICT DO NOTHING`,
  );
  const { rows } = await client.query<StateRow & { ours: boolean }>(
    `SELECT ${STATE_COLUMNS}, ${OURS} AS ours FROM feed_state s FOR UPDATE`,
  );
  const [row] = rows;
  if (row === undefined) throw new Error('feed_state has lost its row while it was being locked');
  if (row.ours) return { ...stateOf(row), begun: false };
  return { ...(await beginEpoch(client)), begun: true };
}

/**
 * Begins a new epoch, in the transaction of the client. Its number is the time in milliseconds, so that no
 * two copies of a database that were restored apart begin the same one.
 */
export async function beginEpoch(client: PoolClient): Promise<FeedState> {
  await client.query(`UPDATE feed_pending SET xid = ${MINE}`);
  const { rows } = await client.query<StateRow>(
    `UPDATE feed_state s SET epoch = greatest(s.epoch + 1, floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint),
            identity = ${IDENTITY}, written_by = ${MINE} RETURNING ${STATE_COLUMNS}`,
  );
  const [row] = rows;
  return row ? stateOf(row) : NO_STATE;
}

/** Notes the newest number, or the smallest kept one, in the transaction that has locked the state. */
export async function writeState(
  client: PoolClient,
  { first, last }: Omit<FeedState, 'epoch'>,
): Promise<void> {
  await client.query(`UPDATE feed_state SET first = $1, last = $2, written_by = ${MINE}`, [first, last]);
}
