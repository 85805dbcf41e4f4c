/**
 * Which sender works on which endpoint. A sender takes an endpoint that is due for one turn; whoever holds
 * the token may write, and every writing of a turn prolongs it. A sender that was killed loses it by time.
 */
import type { Pool } from 'pg';
import type { FeedId } from '../../feed/change.js';
import { ENDPOINT_COLUMNS, type Endpoint, type EndpointRow, readEndpoint } from './endpoint.js';

type Db = { readonly pool: Pool };

/** Milliseconds that a lease lasts unless a test wants it shorter. */
export const LEASE_MS = 60_000;

export interface Turn {
  readonly endpoint: Endpoint;
  /** Of the lease. */
  readonly token: number;
  /** Milliseconds that the lease lasts after each writing: much longer than one attempt. */
  readonly lease: number;
}

/** Due: nobody works on it, it may be looked at again, and a message waits or the feed has gone on. */
const DUE = `state = 'enabled' AND next_at <= clock_timestamp() AND lease_until <= clock_timestamp()
  AND ((epoch, seq, n) IS DISTINCT FROM ($3::bigint, $4::bigint, $5::int)
    OR EXISTS (SELECT FROM webhook_delivery WHERE endpoint_id = due.id AND webhook_delivery.state = 'pending'))`;

/**
 * Takes endpoints that are due, those first that have waited longest.
 * @param tip newest point of the feed
 */
export async function takeTurns(
  { pool }: Db,
  holder: string,
  tip: FeedId,
  most: number,
  lease = LEASE_MS,
): Promise<Turn[]> {
  const { rows } = await pool.query<EndpointRow & { token: number }>(
    `UPDATE webhook_endpoint
        SET lease_holder = $1, lease_token = lease_token + 1,
            lease_until = clock_timestamp() + $6::float8 * interval '1 ms'
      WHERE id IN (SELECT id FROM webhook_endpoint AS due
                    WHERE ${DUE} ORDER BY next_at LIMIT $2 FOR UPDATE SKIP LOCKED)
      RETURNING ${ENDPOINT_COLUMNS}, lease_token::float8 AS token`,
    [holder, most, tip.epoch, tip.seq, tip.n, lease],
  );
  return rows.map(({ token, ...row }) => ({ endpoint: readEndpoint(row), token, lease }));
}

/**
 * Ends the turn, so that anybody may take the endpoint.
 * @param wait milliseconds before it is looked at again
 */
export async function endTurn({ pool }: Db, { endpoint, token }: Turn, wait: number): Promise<void> {
  await pool.query(
    `UPDATE webhook_endpoint
        SET lease_until = clock_timestamp(), lease_holder = NULL,
            next_at = clock_timestamp() + $3::float8 * interval '1 ms'
      WHERE id = $1 AND lease_token = $2`,
    [endpoint.id, token, wait],
  );
}
