/**
 * The queue alone: events through `add` and a worker that does nothing, by events a job, on both backends.
 */
import type { Batch } from '../../src/events/batch.js';
import type { QueueBackend } from '../../src/queue/backend.js';
import { createQueue } from '../../src/queue/queue.js';
import { createWorker } from '../../src/queue/worker.js';
import { type Bench, type BenchContext, type Contender, judge, measure, type Sample } from '../bench.js';
import { generateBatches } from '../chain/batches.js';
import { SILENT } from './fill.js';

const SIZES = [1, 20, 100, 500, 2_000, 5_000] as const;
const NOTHING_DONE = { events: 0, created: 0, unchanged: 0, changed: 0, withdrawn: 0, failed: 0, rows: {} };

export const queue: Bench = {
  name: 'queue',
  about: 'decoded events added to the queue and taken from it by a worker that does nothing, by events a job',
  run: async (context) => {
    const most = context.quick ? 4_000 : 20_000;
    const transactions = [
      ...generateBatches({
        seed: 5,
        wallets: 1_000,
        fromSlot: 1,
        toSlot: Math.ceil(most / 20),
        ours: 20,
        blocksPerBatch: 500,
      }),
    ].flatMap((batch) => batch.transactions);
    const backends = ['postgres', ...(context.redis ? ['redis' as const] : [])] as const;
    const contenders: Contender[] = backends.flatMap((backend) =>
      SIZES.map((size): Contender => {
        // One job an event is slow enough to be seen with fewer.
        const count = Math.min(most, Math.max(size * 4, size === 1 ? 2_000 : most));
        return {
          name: `${size} a job, ${backend}`,
          unit: 'events/s',
          work: `${count} events`,
          run: () => through(pack(transactions.slice(0, count), size), count, backend, context),
        };
      }),
    );
    const measured = await measure(contenders, context);
    const goals = judge(
      backends.map((backend) => ({
        name: `${backend}: 500 a job over one job an event`,
        want: 5,
        sense: 'at-least' as const,
        value: (median) => median(`500 a job, ${backend}`) / median(`1 a job, ${backend}`),
      })),
      measured,
    );
    return { bench: queue.name, about: queue.about, measured, goals, notes: [] };
  },
};

function pack(transactions: Batch['transactions'], size: number): Batch[] {
  const batches: Batch[] = [];
  for (let from = 0; from < transactions.length; from += size) {
    const part = transactions.slice(from, from + size);
    const blocks = part.map((transaction) => transaction.block);
    const range = { fromBlock: Math.min(...blocks), toBlock: Math.max(...blocks) };
    batches.push({
      chain: 'solana',
      fingerprint: 'bench',
      finality: 'finalized',
      ...range,
      scope: 'transactions',
      transactions: part,
      source: 'bench',
    });
  }
  return batches;
}

async function through(
  batches: readonly Batch[],
  events: number,
  kind: 'postgres' | 'redis',
  context: BenchContext,
): Promise<Sample> {
  const database = await context.postgres.create();
  await context.redis?.flush();
  const backend: QueueBackend =
    kind === 'redis' && context.redis
      ? { kind: 'redis', url: context.redis.url }
      : { kind: 'postgres', url: database.url };
  const added = createQueue({ backend, chain: 'solana', log: SILENT });
  await added.ready();
  let done = 0;
  let finished: () => void = () => undefined;
  const all = new Promise<void>((resolve) => {
    finished = resolve;
  });
  const worker = createWorker({
    backend,
    chain: 'solana',
    concurrency: 8,
    log: SILENT,
    handle: async () => {
      done += 1;
      if (done === batches.length) finished();
      return NOTHING_DONE;
    },
  });
  await worker.ready();
  try {
    const start = performance.now();
    for (let from = 0; from < batches.length; from += 50)
      await added.addMany(batches.slice(from, from + 50), { lane: 'backfill' });
    await all;
    return { value: events / ((performance.now() - start) / 1000) };
  } finally {
    await worker.close();
    await added.close();
    await database.drop();
  }
}
