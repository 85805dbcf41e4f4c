/** The read API's process: `ndx serve`. */
import { createApp } from '../src/api/app.js';
import type { Chain } from '../src/events/event.js';
import { chainsOf } from '../src/process/chains/table.js';
import type { Context } from '../src/process/context.js';
import { listenError } from '../src/process/listen-address.js';
import { projectionContextOf, queueBackendOf } from '../src/process/parts.js';
import { endWithSupervisor, reportReady } from '../src/process/supervised.js';
import { tokenOf } from '../src/projections/projection.js';
import { createQueue } from '../src/queue/queue.js';
import { messageOf } from '../src/runtime/errors.js';
import { createMetrics } from '../src/runtime/metrics.js';
import { createShutdown } from '../src/runtime/shutdown.js';
import { assertReady, createDatabase } from '../src/store/database.js';

export interface ApiOptions {
  /** Default: PORT. */
  readonly port?: number;
}

/** A read that takes longer is given up by the server: 503. */
const STATEMENT_TIMEOUT = 5_000;

export async function run(context: Context, options: ApiOptions): Promise<void> {
  const { env, log, network } = context;
  const shutdown = createShutdown({ timeout: 15_000, report: (text) => log.warn(text) });
  endWithSupervisor(shutdown);
  await context.withDatabase(async ({ url }) => {
    const db = createDatabase({
      url,
      poolSize: 16,
      statementTimeout: STATEMENT_TIMEOUT,
      onIdleError: (error) => log.warn(error.message),
    });
    shutdown.add('database', () => db.close());
    const queues = chainsOf(network).map((chain) =>
      createQueue({ backend: queueBackendOf(env, url), chain, log }),
    );
    for (const queue of queues) shutdown.add(`queue ${queue.chain}`, () => queue.close());
    try {
      await assertReady(db);
      const tokens = projectionContextOf(network);
      const app = createApp({
        db,
        log,
        metrics: createMetrics().registry,
        version: context.version,
        readiness: () =>
          assertReady(db).then(
            () => ({ ready: true, reasons: [] }),
            (error: unknown) => ({ ready: false, reasons: [messageOf(error)] }),
          ),
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
