/** Composes what `ndx webhook` works on. */
import { createPushFeed, type PushFeed } from '../../push/feed.js';
import type { RegistryDeps } from '../../push/webhooks/registry.js';
import type { Outbound } from '../../runtime/outbound/client.js';
import { assertReady, createDatabase } from '../../store/database.js';
import type { Context } from '../context.js';
import { receiversOf, sealingOf } from './parts.js';

export interface Webhooks extends RegistryDeps {
  readonly feed: PushFeed;
  readonly receivers: Outbound;
}

/** Opens the database while `work` runs. @throws what opening it and `work` throw */
export async function withWebhooks(
  context: Context,
  work: (webhooks: Webhooks) => Promise<void>,
): Promise<void> {
  const { env, log } = context;
  const sealing = sealingOf(env);
  const receivers = receiversOf(env);
  try {
    await context.withDatabase(async ({ url }) => {
      const db = createDatabase({ url, poolSize: 2, onIdleError: (error) => log.warn(error.message) });
      try {
        await assertReady(db);
        await work({ pool: db.pool, sealing, feed: createPushFeed(db.pool), receivers });
      } finally {
        await db.close();
      }
    });
  } finally {
    await receivers.close();
  }
}
