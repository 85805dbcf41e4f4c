/**
 * The process that sends webhooks (`ndx push`). Run as many as availability asks for: they share the
 * endpoints.
 */
import { hostname } from 'node:os';
import type { Context } from '../src/process/context.js';
import { type HealthServer, startHealthServer } from '../src/process/health/health-server.js';
import { problemsOf } from '../src/process/health/readiness.js';
import { createWatchdog } from '../src/process/health/watchdog.js';
import { receiversOf, sealingOf } from '../src/process/push/parts.js';
import { report } from '../src/process/report.js';
import { endWithSupervisor, reportReady } from '../src/process/supervised.js';
import { createPushFeed } from '../src/push/feed.js';
import { SCHEDULE } from '../src/push/webhooks/schedule.js';
import { assertOpens } from '../src/push/webhooks/secrets.js';
import { startSender } from '../src/push/webhooks/sender.js';
import { watchState } from '../src/push/webhooks/state.js';
import { NdxError } from '../src/runtime/errors.js';
import { createMetrics } from '../src/runtime/metrics.js';
import { seldom } from '../src/runtime/seldom.js';
import { createShutdown } from '../src/runtime/shutdown.js';
import { assertReady, createDatabase } from '../src/store/database.js';
import { assertWritable } from '../src/store/faults/writable.js';

/** Connections: a turn holds none while its receiver is asked. */
const POOL_SIZE = 6;
const TABLES = ['webhook_endpoint', 'webhook_delivery'];

/**
 * Sends webhooks until the process is told to end.
 * @throws NdxError when it cannot start; CONFIG_INVALID when a secret was sealed with another key; STUCK
 * when a watchdog ended it
 */
export async function run(context: Context): Promise<void> {
  const { env, log } = context;
  let stuck: NdxError | undefined;
  const shutdown = createShutdown({
    timeout: 20_000,
    report: (text) => log.warn(text),
    exit: (code) => process.exit(stuck ? report(stuck, context) : code),
  });
  endWithSupervisor(shutdown);
  await context.withDatabase(async ({ url }) => {
    const told = seldom(log);
    const db = createDatabase({
      url,
      poolSize: POOL_SIZE,
      onIdleError: (error) => told.warn({ error: error.message }, 'a connection to the database broke'),
    });
    shutdown.add('database', () => db.close());
    let health: HealthServer | undefined;
    shutdown.add('health server', () => health?.close());
    try {
      await assertReady(db);
      const metrics = createMetrics();
      const sealing = sealingOf(env);
      await assertOpens(db.pool, sealing);
      const outbound = receiversOf(env);
      shutdown.add('receivers', () => outbound.close());
      const feed = createPushFeed(db.pool);
      const sender = startSender({
        db,
        feed,
        outbound,
        sealing,
        schedule: SCHEDULE,
        holder: `${hostname()} ${process.pid}`,
        log,
        onAttempt: (outcome, milliseconds) => {
          metrics.webhookAttempts.inc({ outcome });
          metrics.webhookSeconds.observe(milliseconds / 1000);
        },
      });
      shutdown.add('sender', () => sender.stop());
      shutdown.add('state of webhooks', watchState({ db, feed, log, metrics }));
      const watchdog = createWatchdog({
        watched: [
          {
            name: 'webhooks',
            after: env.stuckAfter,
            reason: 'nobody looks for webhooks that are due',
            look: () => sender.looks(),
            restart: (reason) => {
              stuck ??= new NdxError('STUCK', `${reason}: ending, so that this process is started again`, {
                retryable: true,
              });
              void shutdown.stop(reason);
            },
          },
        ],
        log,
        onBite: (name) => metrics.watchdog.inc({ chain: '', watchdog: name }),
        every: Math.min(5_000, env.stuckAfter),
      });
      shutdown.add('watchdog', () => watchdog.stop());
      if (env.healthPort !== undefined) {
        health = await startHealthServer(env.healthPort, env.host, {
          metrics,
          readiness: async () => {
            const reasons = [...watchdog.reasons(), ...(await problemsOf([assertWritable(db, TABLES)]))];
            return { ready: reasons.length === 0, reasons };
          },
        });
      }
      log.info({ plainSecrets: sealing.plain }, 'sending webhooks');
      reportReady();
      await shutdown.ended;
      if (stuck) throw stuck;
    } finally {
      await shutdown.stop('end');
      shutdown.dispose();
    }
  });
}
