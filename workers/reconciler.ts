/**
 * The process of a worker (`ndx work`): takes batches from the queues and reconciles them. Run as many as the
 * load needs.
 */

import { hostname } from 'node:os';
import { keepDeadLetters } from '../src/dead-letters/keep.js';
import { startSweeping } from '../src/dead-letters/sweeping.js';
import type { Batch } from '../src/events/batch.js';
import type { Chain, Kind, Outcome } from '../src/events/event.js';
import { startSequencer } from '../src/feed/sequencer.js';
import { startCarrying } from '../src/identity/carrying.js';
import { chainsOf } from '../src/process/chains/table.js';
import type { Context } from '../src/process/context.js';
import { feedMetrics } from '../src/process/health/feed-metrics.js';
import { problemsOf, tablesOf } from '../src/process/health/readiness.js';
import { createJobsInHand, watchJobs, watchQueue } from '../src/process/health/watched-parts.js';
import { type Started, type Working, work } from '../src/process/health/working.js';
import { createWrites, type Writes } from '../src/process/health/writes.js';
import { projectionContextOf, queueBackendOf } from '../src/process/parts.js';
import { type BatchQueue, createQueue } from '../src/queue/queue.js';
import { createWorker } from '../src/queue/worker.js';
import { reconcile } from '../src/reconcile/reconcile.js';
import { assertWritable } from '../src/store/faults/writable.js';

export interface ReconcilerOptions {
  /** Default: every chain of the network file. */
  readonly chains?: readonly Chain[];
  /** Batches reconciled at once. Default: NDX_WORKERS. */
  readonly concurrency?: number;
}

/**
 * Reconciles batches until the process is told to end.
 * @throws NdxError when it cannot start; STUCK when a watchdog ended it
 */
export async function run(context: Context, options: ReconcilerOptions): Promise<void> {
  const { env, log, network } = context;
  const concurrency = options.concurrency ?? env.workers;
  const start = async ({ db, url, metrics, shutdown, end }: Working): Promise<Started> => {
    const projections = projectionContextOf(network);
    const jobs = createJobsInHand();
    const writes = createWrites();
    const backend = queueBackendOf(env, url);
    const sequencer = startSequencer({
      db,
      holder: `${hostname()}:${process.pid}`,
      log,
      keep: env.feedDays * 86_400_000,
      ...feedMetrics(metrics),
    });
    shutdown.add('sequencer', () => sequencer.stop());
    const workers = (options.chains ?? chainsOf(network)).map((chain) => {
      const worker = createWorker({
        backend,
        chain,
        concurrency,
        log,
        ...keepDeadLetters({ db, chain }, async (batch, job, lane) => {
          const result = await jobs.hold(job, () =>
            writes.note(() => reconcile(db, batch, projections, { job, lane })),
          );
          if (result.refused) {
            metrics.refused.inc({ chain });
            log.info(
              { chain, job, fromBlock: batch.fromBlock, toBlock: batch.toBlock },
              'job of a former leader, or fenced off by a late discovery: refused',
            );
            return result;
          }
          sequencer.wake();
          if (batch.scope === 'settle') metrics.settled.inc({ chain });
          for (const [kind, outcome, events] of countEvents(batch))
            metrics.events.inc({ chain, kind, outcome }, events);
          for (const { problems = [] } of batch.transactions)
            for (const { code } of problems) metrics.decodeProblems.inc({ chain, code });
          return result;
        }),
        metrics: {
          onJob: ({ seconds, result }) =>
            metrics.reconcile.observe({ chain, outcome: result ? 'ok' : 'failed' }, seconds),
        },
      });
      shutdown.add(`worker ${chain}`, () => worker.close());
      shutdown.add(`dead letters ${chain}`, startSweeping({ db, chain, backend, log }));
      return worker;
    });
    shutdown.add('links of users', startCarrying({ db, log }));
    await Promise.all(workers.map((worker) => worker.ready()));
    const queues = (options.chains ?? chainsOf(network)).map((chain) => {
      const queue = createQueue({ backend, chain, log });
      shutdown.add(`queue ${chain}`, () => queue.close());
      return queue;
    });
    const watched = queues.map((queue) => {
      const { chain } = queue;
      const counts = async () => {
        const now = await queue.counts();
        for (const state of ['waiting', 'active', 'delayed', 'failed'] as const)
          metrics.queueJobs.set({ chain, state }, now[state]);
        return now;
      };
      return watchQueue(chain, { counts }, end, env.stuckAfter);
    });
    return {
      watched: [watchJobs(jobs, end, env.stuckAfter), ...watched],
      reasons: async () => [
        ...(workers.some((worker) => !worker.running()) ? ['the worker takes no jobs'] : []),
        ...(await problemsOf([
          assertWritable(db, tablesOf('worker', backend)),
          ...queues.map((queue) => queue.writable()),
          assertNothingFails(writes, queues),
        ])),
      ],
      say: () => log.info({ concurrency }, 'reconciling'),
    };
  };
  await work(context, { poolSize: concurrency + 4, timeout: 30_000 }, start);
}

/**
 * Fails while batches wait and the newest attempt to write one failed.
 * @throws with the reason of that attempt
 */
async function assertNothingFails(writes: Writes, queues: readonly BatchQueue[]): Promise<void> {
  if (writes.failing() === null) return;
  const counts = await Promise.all(queues.map((queue) => queue.counts()));
  const waiting = counts.reduce((sum, now) => sum + now.waiting + now.delayed + now.active, 0);
  const reason = writes.failing();
  if (reason !== null && waiting > 0) throw new Error(`the newest batch could not be written: ${reason}`);
}

/**
 * Number of events by kind and outcome, so that the labels of the counter are looked up once for each pair.
 */
function countEvents({ transactions }: Batch): [Kind, Outcome, number][] {
  const counts = new Map<string, [Kind, Outcome, number]>();
  for (const { kind, outcome } of transactions.flatMap(({ events }) => events)) {
    const count = counts.get(`${kind} ${outcome}`);
    if (count) count[2] += 1;
    else counts.set(`${kind} ${outcome}`, [kind, outcome, 1]);
  }
  return [...counts.values()];
}
