/**
 * The process of metadata (`ndx metadata`): asks for what the uris of NFTs name, and shows it on NFT and
 * NFTMetadata. Run as many as the load needs; nothing waits for them.
 */
import { openRoom } from '../src/metadata/room.js';
import type { Context } from '../src/process/context.js';
import { type HealthServer, startHealthServer } from '../src/process/health/health-server.js';
import { problemsOf, tablesOf } from '../src/process/health/readiness.js';
import { createWatchdog } from '../src/process/health/watchdog.js';
import { watchQueue } from '../src/process/health/watched-parts.js';
import { openResolver } from '../src/process/metadata/resolver.js';
import { queueBackendOf } from '../src/process/parts.js';
import { report } from '../src/process/report.js';
import { endWithSupervisor, reportReady } from '../src/process/supervised.js';
import { NdxError } from '../src/runtime/errors.js';
import { createMetrics } from '../src/runtime/metrics.js';
import { seldom } from '../src/runtime/seldom.js';
import { createShutdown } from '../src/runtime/shutdown.js';
import { assertReady, createDatabase } from '../src/store/database.js';
import { assertWritable } from '../src/store/faults/writable.js';

/**
 * Looks after metadata until the process is told to end.
 * @throws NdxError when it cannot start; STUCK when a watchdog ended it
 */
export async function run(context: Context): Promise<void> {
  const { env, log } = context;
  let stuck: NdxError | undefined;
  const shutdown = createShutdown({
    timeout: 30_000,
    report: (text) => log.warn(text),
    exit: (code) => process.exit(stuck ? report(stuck, context) : code),
  });
  endWithSupervisor(shutdown);
  await context.withDatabase(async ({ url }) => {
    const { concurrency } = env.metadata;
    const metrics = createMetrics();
    const told = seldom(log);
    const db = createDatabase({
      url,
      // Answers come one by one, and storing one takes a millisecond.
      poolSize: Math.min(concurrency, 8) + 2,
      onIdleError: (error) => told.warn({ error: error.message }, 'a connection to the database broke'),
    });
    shutdown.add('database', () => db.close());
    let health: HealthServer | undefined;
    shutdown.add('health server', () => health?.close());
    try {
      await assertReady(db);
      const backend = queueBackendOf(env, url);
      const { resolver, close } = openResolver(env);
      shutdown.add('outbound', close);
      const room = openRoom({
        db,
        backend,
        resolver,
        log,
        concurrency,
        onAttended: (outcome) => metrics.metadata.inc({ outcome }),
      });
      shutdown.add('metadata', () => room.close());
      await room.ready();
      const end = (reason: string) => {
        stuck ??= new NdxError('STUCK', `${reason}: ending, so that this process is started again`, {
          retryable: true,
        });
        void shutdown.stop(reason);
      };
      const watchdog = createWatchdog({
        watched: [watchQueue('metadata', room.queue, end, env.stuckAfter)],
        log,
        onBite: (name) => metrics.watchdog.inc({ chain: '', watchdog: name }),
        every: Math.min(5_000, env.stuckAfter),
      });
      shutdown.add('watchdog', () => watchdog.stop());
      if (env.healthPort !== undefined) {
        health = await startHealthServer(env.healthPort, env.host, {
          metrics,
          readiness: async () => {
            const reasons = [
              ...watchdog.reasons(),
              ...room.reasons(),
              ...(await problemsOf([
                assertWritable(db, tablesOf('metadata', backend)),
                room.queue.writable(),
              ])),
            ];
            return { ready: reasons.length === 0, reasons };
          },
        });
      }
      log.info({ concurrency }, 'looking after metadata');
      reportReady();
      await shutdown.ended;
      if (stuck) throw stuck;
    } finally {
      await shutdown.stop('end');
      shutdown.dispose();
    }
  });
}
