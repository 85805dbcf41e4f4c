/** The process of a listener (`ndx listen`): follows one chain and fills its gaps. */
import { hostname } from 'node:os';
import { keepPruned } from '../src/archive/keep-pruned.js';
import { openArchive } from '../src/archive/open.js';
import type { Chain } from '../src/events/event.js';
import { blockCount } from '../src/events/range.js';
import { createListener, type Listener } from '../src/listener/listener.js';
import { openChain } from '../src/process/chains/table.js';
import type { Context } from '../src/process/context.js';
import { startHealthServer } from '../src/process/health/health-server.js';
import { listeningProblems } from '../src/process/health/listening.js';
import { problemsOf, tablesOf } from '../src/process/health/readiness.js';
import { createWatchdog } from '../src/process/health/watchdog.js';
import { watchHead } from '../src/process/health/watched-parts.js';
import { queueBackendOf } from '../src/process/parts.js';
import { endWithSupervisor, reportReady } from '../src/process/supervised.js';
import { owedForLong } from '../src/projections/status/behind.js';
import { createQueue } from '../src/queue/queue.js';
import { NdxError } from '../src/runtime/errors.js';
import { createMetrics, type Metrics } from '../src/runtime/metrics.js';
import { seldom } from '../src/runtime/seldom.js';
import { createShutdown } from '../src/runtime/shutdown.js';
import { assertReady, createDatabase } from '../src/store/database.js';
import { assertWritable } from '../src/store/faults/writable.js';
import { lead } from '../src/store/lease/lead.js';

/**
 * Follows one chain until the process is told to end.
 * @throws NdxError when it cannot start; STUCK when a watchdog ended it
 */
export async function run(context: Context, options: { readonly chain: Chain }): Promise<void> {
  const { env, log } = context;
  const { chain } = options;
  const shutdown = createShutdown({ timeout: 30_000, report: (text) => log.warn(text) });
  endWithSupervisor(shutdown);
  await context.withDatabase(async ({ url }) => {
    const metrics = createMetrics();
    const told = seldom(log);
    const db = createDatabase({
      url,
      poolSize: 4,
      onIdleError: (error) => told.warn({ error: error.message }, 'a connection to the database broke'),
    });
    shutdown.add('database', () => db.close());
    try {
      await assertReady(db);
      // Report a wrong configuration at the start, even if another listener leads.
      await (await openChain(context, chain)).close();
      const archive = env.archive && (await openArchive(env.archive, shutdown.signal));
      if (archive) shutdown.add('archive', async () => archive.close());
      await archive?.check();
      const backend = queueBackendOf(env, url);
      const queue = createQueue({ backend, chain, log });
      shutdown.add('queue', () => queue.close());
      await queue.ready();
      let listener: Listener | null = null;
      let restart = new AbortController();
      const watchdog = createWatchdog({
        watched: [
          watchHead(
            () => listener?.state(),
            (reason) => restart.abort(new NdxError('STUCK', reason, { retryable: true })),
            env.stuckAfter,
          ),
        ],
        log,
        onBite: (name) => metrics.watchdog.inc({ chain, watchdog: name }),
      });
      shutdown.add('watchdog', () => watchdog.stop());
      if (env.healthPort !== undefined) {
        const health = await startHealthServer(env.healthPort, env.host, {
          metrics,
          readiness: async () => {
            const reasons = [
              ...(await problemsOf([assertWritable(db, tablesOf('listener', backend)), queue.writable()])),
              ...watchdog.reasons(),
              ...listeningProblems(listener?.state(), env.stuckAfter),
            ];
            const owed = owedForLong(listener?.state().owed ?? NOTHING_OWED, Date.now());
            return { ready: reasons.length === 0, reasons: [...reasons, ...(owed === null ? [] : [owed])] };
          },
        });
        shutdown.add('health server', () => health.close());
      }
      reportReady();
      const holder = `${hostname()}:${process.pid}`;
      const onChange = (leading: boolean) => metrics.leader.set({ chain }, leading ? 1 : 0);
      const leading = lead(
        { db, name: chain, holder, log, onChange },
        async (lease, signal) => {
          if (archive && env.archiveDays !== undefined)
            void keepPruned(archive, chain, { days: env.archiveDays, signal, log });
          // The watchdog may end a round. The next round opens new connections.
          while (!signal.aborted) {
            const { reader, policy, close } = await openChain(context, chain, metrics);
            restart = new AbortController();
            listener = createListener({
              reader,
              queue,
              db,
              policy,
              log,
              metrics: observers(metrics, chain),
              lease,
              ...(archive ? { archive } : {}),
            });
            try {
              await listener.run(AbortSignal.any([signal, restart.signal]));
            } finally {
              listener = null;
              await close();
            }
          }
        },
        shutdown.signal,
      );
      // Give the lease back before the database is closed.
      shutdown.add('leader', () => leading.catch(() => undefined));
      await leading;
    } finally {
      await shutdown.stop('end');
      shutdown.dispose();
    }
  });
}

/** A standby owes nothing. */
const NOTHING_OWED = { count: 0, since: null };

function observers(metrics: Metrics, chain: Chain) {
  return {
    onTip: (tip: { readonly head: number; readonly finalized: number }) => {
      metrics.head.set({ chain }, tip.head);
      metrics.finalized.set({ chain }, tip.finalized);
    },
    onBatch: ({ lane, blocks }: { readonly lane: string; readonly blocks: number }) =>
      metrics.blocks.inc({ chain, lane }, blocks),
    onFork: () => metrics.forks.inc({ chain }),
    onStale: (blocks: number) => metrics.staleBlocks.set({ chain }, blocks),
    onOwed: ({ count, since }: { readonly count: number; readonly since: number | null }) => {
      metrics.owed.set({ chain }, count);
      metrics.owedOldest.set({ chain }, since === null ? 0 : (Date.now() - since) / 1000);
    },
    onLag: (blocks: number) => metrics.lagBlocks.set({ chain }, blocks),
    onGaps: (gaps: Parameters<typeof blockCount>[0]) => metrics.gapBlocks.set({ chain }, blockCount(gaps)),
  };
}
