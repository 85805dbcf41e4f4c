/**
 * How the processes that work on the database begin and end: workers, senders of webhooks, metadata. Each
 * says what it starts; pool, metrics, watchdog, readiness and the order in which all of it ends are the same.
 */
import { NdxError } from '../../runtime/errors.js';
import { createMetrics, type Metrics } from '../../runtime/metrics.js';
import { seldom } from '../../runtime/seldom.js';
import { createShutdown, type Shutdown } from '../../runtime/shutdown.js';
import { assertReady, createDatabase, type Database } from '../../store/database.js';
import type { Context } from '../context.js';
import { report } from '../report.js';
import { endWithSupervisor, reportReady } from '../supervised.js';
import { type HealthServer, startHealthServer } from './health-server.js';
import { createWatchdog, type Watched } from './watchdog.js';

/** What a process works with. */
export interface Working {
  readonly db: Database;
  /** Address of the database. */
  readonly url: string;
  readonly metrics: Metrics;
  readonly shutdown: Pick<Shutdown, 'add'>;
  /** Ends the process with STUCK, so that it is started again: what a watched part does when it is stuck. */
  readonly end: (reason: string) => void;
}

/** What a process has started. */
export interface Started {
  readonly watched: readonly Watched[];
  /** Why it cannot work now, besides what is stuck; empty when it can. */
  readonly reasons: () => Promise<readonly string[]>;
  /** Tells the log that it works. */
  readonly say: () => void;
}

export interface WorkOptions {
  /** Connections of the pool. */
  readonly poolSize: number;
  /** Milliseconds for all releases together. */
  readonly timeout: number;
}

/**
 * Works until the process is told to end.
 * @throws what `start` throws; NdxError STUCK when a watchdog ended it
 */
export async function work(
  context: Context,
  { poolSize, timeout }: WorkOptions,
  start: (working: Working) => Promise<Started>,
): Promise<void> {
  const { env, log } = context;
  let stuck: NdxError | undefined;
  const shutdown = createShutdown({
    timeout,
    report: (text) => log.warn(text),
    // A job that never ends would also block a clean shutdown.
    exit: (code) => process.exit(stuck ? report(stuck, context) : code),
  });
  endWithSupervisor(shutdown);
  await context.withDatabase(async ({ url }) => {
    const metrics = createMetrics();
    const told = seldom(log);
    const db = createDatabase({
      url,
      poolSize,
      onIdleError: (error) => told.warn({ error: error.message }, 'a connection to the database broke'),
    });
    shutdown.add('database', () => db.close());
    // Released after what is started: while that finishes, it still answers that this process is not ready,
    // and why.
    let health: HealthServer | undefined;
    shutdown.add('health server', () => health?.close());
    try {
      await assertReady(db);
      const end = (reason: string) => {
        stuck ??= new NdxError('STUCK', `${reason}: ending, so that this process is started again`, {
          retryable: true,
        });
        void shutdown.stop(reason);
      };
      const started = await start({ db, url, metrics, shutdown, end });
      const watchdog = createWatchdog({
        watched: started.watched,
        log,
        onBite: (name) => metrics.watchdog.inc({ chain: '', watchdog: name }),
        every: Math.min(5_000, env.stuckAfter),
      });
      shutdown.add('watchdog', () => watchdog.stop());
      if (env.healthPort !== undefined) {
        health = await startHealthServer(env.healthPort, env.host, {
          metrics,
          readiness: async () => {
            const reasons = [...watchdog.reasons(), ...(await started.reasons())];
            return { ready: reasons.length === 0, reasons };
          },
        });
      }
      started.say();
      reportReady();
      await shutdown.ended;
      if (stuck) throw stuck;
    } finally {
      await shutdown.stop('end');
      shutdown.dispose();
    }
  });
}
