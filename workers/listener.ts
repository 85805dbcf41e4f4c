/** A listener's process: follows one chain and fills its gaps. `ndx listen`. */
import { hostname } from 'node:os';
import type { Context } from '../src/cli/context.js';
import type { Chain } from '../src/events/event.js';
import { lead } from '../src/ingest/leader.js';
import type { ListenerState } from '../src/ingest/listener-context.js';
import { createListener, type Listener } from '../src/ingest/live.js';
import { openChain } from '../src/process/chain.js';
import { type Readiness, startHealthServer } from '../src/process/health-server.js';
import { queueBackendOf } from '../src/process/parts.js';
import { endWithSupervisor, reportReady } from '../src/process/supervised.js';
import { createQueue } from '../src/queue/queue.js';
import { createMetrics, type Metrics } from '../src/runtime/metrics.js';
import { createShutdown } from '../src/runtime/shutdown.js';
import { blockCount } from '../src/store/coverage.js';
import { assertReady, createDatabase } from '../src/store/database.js';

/** Milliseconds without a new block enqueued after which the listener is not ready. */
const STUCK_AFTER = 60_000;

export async function run(context: Context, options: { readonly chain: Chain }): Promise<void> {
  const { env, log } = context;
  const { chain } = options;
  const shutdown = createShutdown({ timeout: 30_000, report: (text) => log.warn(text) });
  endWithSupervisor(shutdown);
  await context.withDatabase(async ({ url }) => {
    const metrics = createMetrics();
    const db = createDatabase({ url, poolSize: 4, onIdleError: (error) => log.warn(error.message) });
    shutdown.add('database', () => db.close());
    try {
      await assertReady(db);
      const { reader, policy, close } = openChain(context, chain, metrics);
      shutdown.add('endpoints', close);
      const queue = createQueue({ backend: queueBackendOf(env, url), chain, log });
      shutdown.add('queue', () => queue.close());
      await queue.ready();
      let listener: Listener | null = null;
      if (env.healthPort !== undefined) {
        const health = await startHealthServer(env.healthPort, env.host, {
          metrics,
          readiness: async () => readinessOf(listener?.state()),
        });
        shutdown.add('health server', () => health.close());
      }
      reportReady();
      const holder = `${hostname()}:${process.pid}`;
      const onChange = (leading: boolean) => metrics.leader.set({ chain }, leading ? 1 : 0);
      await lead(
        { db, chain, holder, log, onChange },
        async (lease, signal) => {
          listener = createListener({ reader, queue, db, policy, log, metrics: observers(metrics, chain), lease });
          await listener.run(signal).finally(() => {
            listener = null;
          });
        },
        shutdown.signal,
      );
    } finally {
      await shutdown.stop('end');
      shutdown.dispose();
    }
  });
}

function observers(metrics: Metrics, chain: Chain) {
  return {
    onTip: (tip: { readonly head: number; readonly finalized: number }) => {
      metrics.head.set({ chain }, tip.head);
      metrics.finalized.set({ chain }, tip.finalized);
    },
    onBatch: ({ lane, blocks }: { readonly lane: string; readonly blocks: number }) => metrics.blocks.inc({ chain, lane }, blocks),
    onFork: () => metrics.forks.inc({ chain }),
    onStale: (blocks: number) => metrics.staleBlocks.set({ chain }, blocks),
    onGaps: (gaps: Parameters<typeof blockCount>[0]) => metrics.gapBlocks.set({ chain }, blockCount(gaps)),
  };
}

/** undefined: another listener leads, and this one is ready to take over. */
function readinessOf(state: ListenerState | undefined): Readiness {
  if (!state) return { ready: true, reasons: [] };
  const reasons: string[] = [];
  if (state.head === null)
    reasons.push(`no endpoint has told the chain's head yet${state.lastError ? `: ${state.lastError.message}` : ''}`);
  else if (Date.now() - (state.lastProgressAt ?? 0) > STUCK_AFTER)
    reasons.push(
      `no new block since ${new Date(state.lastProgressAt ?? 0).toISOString()}${state.lastError ? `: ${state.lastError.message}` : ''}`,
    );
  return { ready: reasons.length === 0, reasons };
}
