/** Messages of endpoints (`webhook_delivery`): made together with the cursor's move, tried, and settled. */
import type { Pool } from 'pg';
import type { FeedId } from '../../feed/change.js';
import type { Attempt } from './attempt.js';
import type { Turn } from './leases.js';
import type { Body } from './message.js';

type Db = { readonly pool: Pool };

export interface Pending {
  readonly id: string;
  readonly body: string;
  /** Attempts made so far. */
  readonly attempts: number;
  /** Milliseconds since the first attempt; 0 when there was none. */
  readonly age: number;
  /** Milliseconds until the next attempt; negative when it is due. */
  readonly due: number;
}

const PENDING = `id, body, attempts,
  coalesce(extract(epoch FROM clock_timestamp() - first_attempt_at), 0)::float8 * 1000 AS age,
  extract(epoch FROM next_attempt_at - clock_timestamp())::float8 * 1000 AS due`;

/** The oldest messages of the endpoint that are not settled, in order. */
export async function pendingOf({ pool }: Db, endpointId: string, most: number): Promise<Pending[]> {
  const { rows } = await pool.query<Pending>(
    `SELECT ${PENDING} FROM webhook_delivery WHERE endpoint_id = $1 AND state = 'pending' ORDER BY position LIMIT $2`,
    [endpointId, most],
  );
  return rows;
}

/** Moves the cursor from `$3..$5` to `$6..$8`, if the lease still holds and nobody else has moved it. */
const MOVE = `UPDATE webhook_endpoint
    SET epoch = $6::bigint, seq = $7::bigint, n = $8::int, lease_until = clock_timestamp() + $9::float8 * interval '1 ms'
  WHERE id = $1 AND lease_token = $2 AND state = 'enabled' AND (epoch, seq, n) = ($3::bigint, $4::bigint, $5::int)
  RETURNING id`;

const move = ({ endpoint, token, lease }: Turn, from: FeedId, to: FeedId) => [
  endpoint.id,
  token,
  from.epoch,
  from.seq,
  from.n,
  to.epoch,
  to.seq,
  to.n,
  lease,
];

/**
 * Moves the cursor over changes that the filter leaves out.
 * @returns false when the turn is not ours any more
 */
export async function skipTo({ pool }: Db, turn: Turn, from: FeedId, to: FeedId): Promise<boolean> {
  return (await pool.query(MOVE, move(turn, from, to))).rowCount === 1;
}

/**
 * Makes a message and moves the cursor behind it, both or none. Its id is that of its place in the feed and
 * of the turn, so that no two messages have the same.
 * @returns null when the turn is not ours any more
 */
export async function addMessage(
  { pool }: Db,
  turn: Turn,
  { kind, from, body }: { kind: 'changes' | 'reset'; from: FeedId; body: Body },
): Promise<Pending | null> {
  const { endpoint, token } = turn;
  const { epoch, seq, n } = from;
  const id = `msg_${endpoint.id}_${epoch}.${seq}.${n}_${token}`;
  // A reset begins in another epoch: there is nothing before it.
  const after = kind === 'reset' ? body.upTo : from;
  // What the old epoch still had to tell is void: the receiver begins anew.
  const forget = `DELETE FROM webhook_delivery
     WHERE $11::text = 'reset' AND state = 'pending' AND endpoint_id IN (SELECT id FROM moved)`;
  const { rows } = await pool.query<Pending>(
    `WITH moved AS (${MOVE}), forgotten AS (${forget})
     INSERT INTO webhook_delivery
       (id, endpoint_id, kind, state, epoch, after_seq, after_n, up_to_seq, up_to_n, changes, body)
     SELECT $10::text, id, $11::text, 'pending', $6::bigint, $12::bigint, $13::int, $7::bigint, $8::int, $14::int, $15::text FROM moved RETURNING ${PENDING}`,
    [...move(turn, from, body.upTo), id, kind, after.seq, after.n, body.changes, body.text],
  );
  return rows[0] ?? null;
}

const ATTEMPTED = `attempts = attempts + 1, attempted_at = clock_timestamp(), status = $2::int, error = $3::text,
  milliseconds = $4::int,
  first_attempt_at = coalesce(first_attempt_at, clock_timestamp() - $4::int * interval '1 ms')`;

/**
 * Writes down that a message was received.
 * @returns false when the turn is not ours any more; the message counts as received all the same
 */
export async function noteReceived({ pool }: Db, turn: Turn, id: string, attempt: Attempt): Promise<boolean> {
  const { rows } = await pool.query(
    `WITH received AS (UPDATE webhook_delivery SET state = 'delivered', body = NULL, ${ATTEMPTED} WHERE id = $1)
     UPDATE webhook_endpoint
        SET lease_until = clock_timestamp() + $7::float8 * interval '1 ms', failing_since = NULL
      WHERE id = $5 AND lease_token = $6 AND state = 'enabled' RETURNING id`,
    [id, attempt.status, attempt.error, attempt.milliseconds, turn.endpoint.id, turn.token, turn.lease],
  );
  return rows.length === 1;
}

export interface Failure {
  /** Milliseconds until the next attempt; null: it is a dead letter. */
  readonly retryIn: number | null;
  /** Whether the endpoint is disabled, and why. */
  readonly disable: string | null;
}

/** Writes down that a message was not received. @returns false when the turn is not ours any more */
export async function noteFailed(
  { pool }: Db,
  turn: Turn,
  id: string,
  attempt: Attempt,
  { retryIn, disable }: Failure,
): Promise<boolean> {
  const { rows } = await pool.query<{ state: string }>(
    `WITH failed AS (
       UPDATE webhook_delivery SET ${ATTEMPTED}, state = CASE WHEN $7::float8 IS NULL THEN 'dead' ELSE state END,
              next_attempt_at = clock_timestamp() + coalesce($7::float8, 0) * interval '1 ms'
        WHERE id = $1 AND state = 'pending')
     UPDATE webhook_endpoint
        SET lease_until = clock_timestamp() + $9::float8 * interval '1 ms',
            failing_since = coalesce(failing_since, clock_timestamp()),
            state = CASE WHEN $8::text IS NULL THEN state ELSE 'disabled' END, reason = coalesce($8::text, reason)
      WHERE id = $5 AND lease_token = $6 AND state = 'enabled' RETURNING state`,
    [
      id,
      attempt.status,
      attempt.error,
      attempt.milliseconds,
      turn.endpoint.id,
      turn.token,
      retryIn,
      disable,
      turn.lease,
    ],
  );
  return rows[0]?.state === 'enabled';
}

/** Removes what was delivered before so many days, at most `most` of it. @returns how many */
export async function pruneDeliveries({ pool }: Db, days: number, most: number): Promise<number> {
  const { rowCount } = await pool.query(
    `DELETE FROM webhook_delivery WHERE id IN (
       SELECT id FROM webhook_delivery WHERE state = 'delivered' AND attempted_at < clock_timestamp() - $1::int * interval '1 day'
        ORDER BY attempted_at LIMIT $2)`,
    [days, most],
  );
  return rowCount ?? 0;
}
