/** The log of deliveries: listed, and sent once more. */
import type { Pool } from 'pg';
import type { FeedId } from '../../feed/change.js';
import { formatFeedId } from '../../feed/id.js';
import { createFilter } from '../../feed/told/filter.js';
import { NdxError } from '../../runtime/errors.js';
import { recordAudit } from '../../store/audit.js';
import { inTransaction, RollbackWith } from '../../store/database.js';
import type { PushFeed } from '../feed.js';
import { gather } from './gather.js';
import { bodyOfChanges } from './message.js';
import { findEndpoint, type How } from './registry.js';

export const DELIVERY_STATES = ['pending', 'delivered', 'dead'] as const;

export interface Delivery {
  readonly id: string;
  readonly endpoint: string;
  readonly kind: 'changes' | 'reset';
  readonly state: (typeof DELIVERY_STATES)[number];
  /** `epoch.seq.n`: changes after the one, up to the other. */
  readonly after: string;
  readonly upTo: string;
  readonly changes: number;
  readonly attempts: number;
  /** Of the newest attempt. */
  readonly status: number | null;
  readonly error: string | null;
  readonly milliseconds: number | null;
  readonly createdAt: Date;
  readonly attemptedAt: Date | null;
  /** Null unless it is pending. */
  readonly nextAttemptAt: Date | null;
}

const COLUMNS = `id, endpoint_id AS endpoint, kind, state, concat_ws('.', epoch, after_seq, after_n) AS after,
  concat_ws('.', epoch, up_to_seq, up_to_n) AS "upTo", changes, attempts, status, error, milliseconds,
  created_at AS "createdAt", attempted_at AS "attemptedAt",
  CASE WHEN state = 'pending' THEN next_attempt_at END AS "nextAttemptAt"`;

/** The newest deliveries, newest first. */
export async function listDeliveries(
  { pool }: { readonly pool: Pool },
  {
    endpoint,
    state,
    limit,
  }: { readonly endpoint: string; readonly state: Delivery['state'] | null; readonly limit: number },
): Promise<Delivery[]> {
  const states = state === null ? DELIVERY_STATES : [state];
  // One range of the index for each state, newest first.
  const { rows } = await pool.query<Delivery>(
    `SELECT d.* FROM unnest($2::text[]) AS wanted,
       LATERAL (SELECT position, ${COLUMNS} FROM webhook_delivery
                 WHERE endpoint_id = $1 AND webhook_delivery.state = wanted ORDER BY position DESC LIMIT $3) AS d
      ORDER BY d.position DESC LIMIT $3`,
    [endpoint, states, limit],
  );
  return rows.map((row) => {
    const { position: _, ...delivery } = row as Delivery & { position: unknown };
    return delivery;
  });
}

interface Stored {
  readonly endpoint: string;
  readonly kind: Delivery['kind'];
  readonly state: Delivery['state'];
  readonly body: string | null;
  readonly epoch: number;
  readonly afterSeq: number;
  readonly afterN: number;
  readonly changes: number;
}

/**
 * Sends a message once more, with its id: at once where it waits for its next attempt, again where it was
 * received or given up. What was received is read from the feed again.
 * @throws NdxError DELIVERY_NOT_FOUND when there is none, or the feed does not keep its changes any more
 */
export async function redeliver(
  { pool, feed }: { readonly pool: Pool; readonly feed: PushFeed },
  id: string,
  { dryRun }: How,
): Promise<void> {
  const { rows } = await pool.query<Stored>(
    `SELECT endpoint_id AS endpoint, kind, state, body, epoch::float8 AS epoch, after_seq::float8 AS "afterSeq",
            after_n AS "afterN", changes FROM webhook_delivery WHERE id = $1`,
    [id],
  );
  const [stored] = rows;
  if (stored === undefined)
    throw new NdxError(
      'DELIVERY_NOT_FOUND',
      `there is no delivery ${id}: \`ndx webhook deliveries\` shows them`,
    );
  const body = stored.body ?? (await bodyAgain({ pool, feed }, id, stored));
  await inTransaction(pool, async (client) => {
    await client.query(
      `UPDATE webhook_delivery
          SET state = 'pending', body = $2, attempts = 0, first_attempt_at = NULL, next_attempt_at = clock_timestamp()
        WHERE id = $1`,
      [id, body],
    );
    await client.query('UPDATE webhook_endpoint SET next_at = clock_timestamp() WHERE id = $1', [
      stored.endpoint,
    ]);
    const entry = { actor: 'ndx webhook', action: 'redeliver', chain: null, subject: 'webhook_delivery' };
    const states = { before: { state: stored.state }, after: { state: 'pending' } };
    await recordAudit(client, [{ ...entry, key: id, reason: 'ndx webhook redeliver', ...states }]);
    if (dryRun) throw new RollbackWith(undefined);
  });
}

async function bodyAgain(
  { pool, feed }: { readonly pool: Pool; readonly feed: PushFeed },
  id: string,
  { endpoint: endpointId, kind, changes: most, epoch, afterSeq, afterN }: Stored,
): Promise<string> {
  const after: FeedId = { epoch, seq: afterSeq, n: afterN };
  const endpoint = await findEndpoint({ pool }, endpointId);
  const found = await gather(feed, after, { most, filter: createFilter(endpoint.filter) });
  if (kind === 'reset' || found.kind === 'reset')
    throw new NdxError(
      'DELIVERY_NOT_FOUND',
      `the feed does not keep what ${id} told, the changes after ${formatFeedId(after)}, any more`,
    );
  return bodyOfChanges({ after, upTo: found.upTo }, found.changes, new Date()).text;
}
