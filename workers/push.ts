/**
 * The process that sends webhooks (`ndx push`). Run as many as availability asks for: they share the
 * endpoints.
 */
import { hostname } from 'node:os';
import { createBell } from '../src/feed/bell.js';
import type { Context } from '../src/process/context.js';
import { problemsOf, tablesOf } from '../src/process/health/readiness.js';
import { type Started, type Working, work } from '../src/process/health/working.js';
import { receiversOf, sealingOf } from '../src/process/push/parts.js';
import { createPushFeed } from '../src/push/feed.js';
import { SCHEDULE } from '../src/push/webhooks/schedule.js';
import { assertOpens } from '../src/push/webhooks/secrets.js';
import { startSender } from '../src/push/webhooks/sender.js';
import { watchState } from '../src/push/webhooks/state.js';
import { assertWritable } from '../src/store/faults/writable.js';

/** Connections: a turn holds none while its receiver is asked; one listens. */
const POOL_SIZE = 7;
/** Milliseconds between two looks at what is due while the feed announces nothing. */
const LOOK_EVERY = 500;

/**
 * Sends webhooks until the process is told to end.
 * @throws NdxError when it cannot start; CONFIG_INVALID when a secret was sealed with another key; STUCK
 * when a watchdog ended it
 */
export async function run(context: Context): Promise<void> {
  const { env, log } = context;
  const start = async ({ db, metrics, shutdown, end }: Working): Promise<Started> => {
    const sealing = sealingOf(env);
    await assertOpens(db.pool, sealing);
    const outbound = receiversOf(env);
    shutdown.add('receivers', () => outbound.close());
    const feed = createPushFeed(db.pool);
    const bell = createBell({ pool: db.pool, log, often: LOOK_EVERY });
    const sender = startSender({
      db,
      feed,
      outbound,
      sealing,
      schedule: SCHEDULE,
      holder: `${hostname()} ${process.pid}`,
      log,
      bell,
      onAttempt: (outcome, milliseconds) => {
        metrics.webhookAttempts.inc({ outcome });
        metrics.webhookSeconds.observe(milliseconds / 1000);
      },
    });
    shutdown.add('bell', () => bell.stop());
    shutdown.add('sender', () => sender.stop());
    shutdown.add('state of webhooks', watchState({ db, feed, log, metrics }));
    return {
      watched: [
        {
          name: 'webhooks',
          after: env.stuckAfter,
          reason: 'nobody looks for webhooks that are due',
          look: () => sender.looks(),
          restart: end,
        },
      ],
      reasons: () => problemsOf([assertWritable(db, tablesOf('push'))]),
      say: () => log.info({ plainSecrets: sealing.plain }, 'sending webhooks'),
    };
  };
  await work(context, { poolSize: POOL_SIZE, timeout: 20_000 }, start);
}
