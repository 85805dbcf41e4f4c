/** Measures how webhooks stand: who is behind, who fails, what was given up. */
import type { Pool } from 'pg';
import { messageOf } from '../../runtime/errors.js';
import type { Log } from '../../runtime/log.js';
import type { Metrics } from '../../runtime/metrics.js';
import type { PushFeed } from '../feed.js';

const EVERY_MS = 15_000;

export interface WebhookState {
  readonly enabled: number;
  readonly disabled: number;
  /** Enabled ones whose newest attempt failed. */
  readonly failing: number;
  readonly pending: number;
  readonly dead: number;
  /** Rows of the feed that the enabled endpoint which is furthest behind has not been told. */
  readonly behind: number;
}

async function readState(pool: Pick<Pool, 'query'>, feed: PushFeed): Promise<WebhookState> {
  const tip = await feed.tip();
  const { rows } = await pool.query<WebhookState>(
    `SELECT count(*) FILTER (WHERE state = 'enabled')::int AS enabled,
            count(*) FILTER (WHERE state <> 'enabled')::int AS disabled,
            count(*) FILTER (WHERE state = 'enabled' AND failing_since IS NOT NULL)::int AS failing,
            (SELECT count(*)::int FROM webhook_endpoint e JOIN webhook_delivery d ON d.endpoint_id = e.id AND d.state = 'pending') AS pending,
            (SELECT count(*)::int FROM webhook_endpoint e JOIN webhook_delivery d ON d.endpoint_id = e.id AND d.state = 'dead') AS dead,
            coalesce(max(CASE WHEN epoch = $1 THEN $2 - seq ELSE $2 END) FILTER (WHERE state = 'enabled'), 0)::float8 AS behind
       FROM webhook_endpoint`,
    [tip.epoch, tip.seq],
  );
  return rows[0] ?? { enabled: 0, disabled: 0, failing: 0, pending: 0, dead: 0, behind: 0 };
}

/** Writes the state into the metrics, now and every 15 seconds. @returns a function that ends it */
export function watchState({
  db,
  feed,
  log,
  metrics,
}: {
  readonly db: { readonly pool: Pool };
  readonly feed: PushFeed;
  readonly log: Log;
  readonly metrics: Pick<Metrics, 'webhooks' | 'webhookMessages' | 'webhookBehind'>;
}): () => Promise<void> {
  const look = async () => {
    try {
      const { enabled, disabled, failing, pending, dead, behind } = await readState(db.pool, feed);
      for (const [state, count] of Object.entries({ enabled, disabled, failing }))
        metrics.webhooks.set({ state }, count);
      for (const [state, count] of Object.entries({ pending, dead }))
        metrics.webhookMessages.set({ state }, count);
      metrics.webhookBehind.set({}, behind);
    } catch (error) {
      log.debug({ error: messageOf(error) }, 'the state of webhooks cannot be read');
    }
  };
  let running = look();
  const timer = setInterval(() => {
    running = running.then(look);
  }, EVERY_MS);
  timer.unref();
  return async () => {
    clearInterval(timer);
    await running;
  };
}
