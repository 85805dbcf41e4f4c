/** The read API's process: `ndx serve`. */
import { createApp } from '../src/api/app.js';
import type { Chain } from '../src/events/event.js';
import { createBell } from '../src/feed/bell.js';
import { chainsOf } from '../src/process/chains/table.js';
import type { Context } from '../src/process/context.js';
import { startHealthServer } from '../src/process/health/health-server.js';
import { listenError } from '../src/process/listen-address.js';
import { projectionContextOf, queueBackendOf } from '../src/process/parts.js';
import { endWithSupervisor, reportReady } from '../src/process/supervised.js';
import { tokenOf } from '../src/projections/projection.js';
import { behindOf } from '../src/projections/status/behind.js';
import { createHub } from '../src/push/stream/hub.js';
import { createStream } from '../src/push/stream/stream.js';
import { createQueue } from '../src/queue/queue.js';
import { messageOf } from '../src/runtime/errors.js';
import { createMetrics } from '../src/runtime/metrics.js';
import { seldom } from '../src/runtime/seldom.js';
import { createShutdown } from '../src/runtime/shutdown.js';
import { assertReady, createDatabase, createPool } from '../src/store/database.js';
import { createReadClass } from '../src/store/reads.js';

export interface ApiOptions {
  /** TCP port. Default: PORT. */
  readonly port?: number;
}

/**
 * For each class of reads: number of connections, and milliseconds after which the database cancels a
 * statement (the client gets 503).
 */
const ROWS = { poolSize: 8, statementTimeout: 2_000 };
const LISTS = { poolSize: 8, statementTimeout: 5_000 };
/** One that listens, one reading for all streams, and pages of streams that catch up. */
const FEED = { poolSize: 5, statementTimeout: 5_000 };
/** Readiness, status and cancelling: these must work even when everything else is busy. */
const OPERATIONS = { poolSize: 2, statementTimeout: 5_000 };
/** Milliseconds between two looks at the feed while it announces nothing. */
const LOOK_EVERY = 50;
/** Lists that may wait for a connection. At 10 ms each, the last one waits for a fifth of a second. */
const MOST_WAITING = 160;

/**
 * Serves the API until the process is told to end.
 * @throws NdxError with the reason when it cannot start
 */
export async function run(context: Context, options: ApiOptions): Promise<void> {
  const { env, log, network } = context;
  const shutdown = createShutdown({ timeout: 15_000, report: (text) => log.warn(text) });
  endWithSupervisor(shutdown);
  await context.withDatabase(async ({ url }) => {
    const told = seldom(log);
    const onIdleError = (error: Error) =>
      told.warn({ error: error.message }, 'a connection to the database broke');
    const db = createDatabase({ url, ...ROWS, onIdleError });
    shutdown.add('database', () => db.close());
    const lists = createPool({ url, ...LISTS, onIdleError });
    shutdown.add('database of lists', () => lists.end());
    const feed = createPool({ url, ...FEED, onIdleError });
    shutdown.add('database of the stream', () => feed.end());
    const operations = createDatabase({ url, ...OPERATIONS, onIdleError });
    shutdown.add('database of operations', () => operations.close());
    const queues = chainsOf(network).map((chain) =>
      createQueue({ backend: queueBackendOf(env, url), chain, log }),
    );
    for (const queue of queues) shutdown.add(`queue ${queue.chain}`, () => queue.close());
    try {
      await assertReady(operations);
      const tokens = projectionContextOf(network);
      const metrics = createMetrics();
      const readiness = () =>
        assertReady(operations).then(
          // Always ready: tables that can be read can be served, however old they are. The reasons only
          // inform.
          async () => ({ ready: true, reasons: await behindOf(operations) }),
          (error: unknown) => ({ ready: false, reasons: [messageOf(error)] }),
        );
      if (env.healthPort !== undefined) {
        const health = await startHealthServer(env.healthPort, env.host, { metrics, readiness });
        shutdown.add('health server', () => health.close());
      }
      const bell = createBell({ pool: feed, log, often: LOOK_EVERY });
      shutdown.add('bell of the stream', () => bell.stop());
      const hub = createHub({
        db: { pool: feed },
        bell,
        log,
        onDelay: (ms) => metrics.feedDelay.observe(ms / 1000),
      });
      shutdown.add('hub of the stream', () => hub.stop());
      const app = createApp({
        db,
        stream: createStream({ hub, db: { pool: feed } }),
        lists: createReadClass({ pool: lists, control: operations.pool, mostWaiting: MOST_WAITING }),
        operations,
        log,
        metrics: metrics.registry,
        version: context.version,
        readiness,
        queueCounts: async () =>
          Object.fromEntries(
            await Promise.all(
              queues.map(async (queue): Promise<[Chain, unknown]> => [queue.chain, await queue.counts()]),
            ),
          ),
        symbols: (chain, token) => tokenOf(tokens, chain, token),
      });
      shutdown.add('api', () => app.close());
      const port = options.port ?? env.port;
      const address = await app.listen({ port, host: env.host }).catch((error: unknown) => {
        throw listenError({ port, host: env.host, portSetting: 'PORT' }, error);
      });
      log.info({ address }, 'the API listens');
      reportReady({ url: address });
      await shutdown.ended;
    } finally {
      await shutdown.stop('end');
      shutdown.dispose();
    }
  });
}
