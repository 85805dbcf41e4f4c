/**
 * What the size of the tables costs: reconcile rate, replay rate and the API's p99 on ledgers of a tenth and
 * of the whole number of rows.
 */
import { type Bench, type BenchContext, judge, measure, memoryGoal, type Sample } from '../bench.js';
import { generateBatches } from '../chain/batches.js';
import { createLargeTables, LARGE_SEED, walletsFor } from '../lab/large-tables.js';
import { ready, startNdx, startWorkers } from '../lab/ndx.js';
import { type BenchDatabase, query } from '../lab/postgres.js';
import { watchDatabase } from '../lab/wait.js';
import { lastSeededBlock, loadApi, routesOf } from './api-load.js';
import { backendOf, fillQueue } from './fill.js';
import { systemUsage } from './system-usage.js';

export const scale: Bench = {
  name: 'scale',
  about: 'the same work on ledgers of a tenth of the rows and of all of them: flat is the goal',
  run: async (context) => {
    const [few, many] = [Math.round(context.largeRows / 10), context.largeRows];
    const blocks = context.quick ? 400 : 2_000;
    const measured = [];
    for (const rows of [few, many]) {
      context.say(`  making ${rows} rows`);
      const database = await createLargeTables(context.postgres, rows);
      try {
        // Every run adds its own blocks behind the last ones, so the first pass is always a first.
        let next = lastSeededBlock(rows) + 1;
        measured.push(
          ...(await measure(
            [
              {
                name: `ours reconcile, ${rows}`,
                unit: 'events/s',
                work: `${blocks} blocks`,
                run: () => {
                  next += blocks;
                  return through(database, rows, next - blocks, next - 1, context);
                },
              },
              {
                name: `ours replay, ${rows}`,
                unit: 'events/s',
                work: `${blocks} blocks`,
                run: () => through(database, rows, next - blocks, next - 1, context),
              },
              {
                name: `ours API list, ${rows}`,
                unit: 'ms p99',
                work: '50 clients',
                run: () => list(database, rows, context),
              },
            ],
            context,
          )),
        );
      } finally {
        await database.drop();
      }
    }
    const goals = judge(
      [
        {
          name: 'reconcile of its rate at a tenth',
          want: 0.7,
          sense: 'at-least',
          value: (median) => median(`ours reconcile, ${many}`) / median(`ours reconcile, ${few}`),
        },
        {
          name: 'replay of its rate at a tenth',
          want: 0.7,
          sense: 'at-least',
          value: (median) => median(`ours replay, ${many}`) / median(`ours replay, ${few}`),
        },
        {
          name: 'API p99 over that at a tenth',
          want: 1.3,
          sense: 'at-most',
          value: (median) => median(`ours API list, ${many}`) / median(`ours API list, ${few}`),
        },
      ],
      measured,
    );
    const ours = measured.map((item) => item.contender);
    return {
      bench: scale.name,
      about: scale.about,
      measured,
      goals: [...goals, memoryGoal(measured, ours)],
      notes: [],
    };
  },
};

/** Fills the queue with the blocks and has one worker process empty it. */
async function through(
  database: BenchDatabase,
  rows: number,
  from: number,
  to: number,
  context: BenchContext,
): Promise<Sample> {
  const { postgres, redis } = context;
  await redis?.flush();
  const batches = [
    ...generateBatches({
      seed: LARGE_SEED,
      wallets: walletsFor(rows),
      fromSlot: from,
      toSlot: to,
      ours: 20,
      blocksPerBatch: 80,
    }),
  ];
  const events = batches.reduce(
    (sum, batch) => sum + batch.transactions.reduce((n, transaction) => n + transaction.events.length, 0),
    0,
  );
  // Known blocks leave no trace in the tables: their progress as parts of a replay does.
  const replay = `scale-${from}-${Date.now()}`;
  await query(database.url, `INSERT INTO replay_range VALUES ($1, -1, -1, 0, 0, 0, 0, 0)`, [replay]);
  await fillQueue(
    backendOf(context, database.url),
    batches.map((batch) => ({ ...batch, replay })),
  );
  const watch = await watchDatabase(database.url);
  const before = { postgres: postgres.cpu(), redis: redis?.cpu() ?? 0 };
  const sql = 'SELECT coalesce(sum(events), 0) AS n FROM replay_range WHERE replay = $1 AND from_block >= 0';
  const workers = await startWorkers(1, 2, { database: database.url, redis: redis?.url }, context);
  try {
    const start = await watch.until(sql, 1, { values: [replay] });
    const [done] = await query<{ n: string }>(database.url, sql, [replay]);
    const end = await watch.until(sql, events, { values: [replay] });
    const usages = [...workers.map((worker) => worker.usage()), ...systemUsage(context, before)];
    return { value: (events - Number(done?.n ?? 0)) / Math.max(0.001, (end - start) / 1000), usages };
  } finally {
    await watch.close();
    await Promise.all(workers.map((worker) => worker.stop()));
  }
}

async function list(database: BenchDatabase, rows: number, context: BenchContext): Promise<Sample> {
  const server = startNdx(
    'ndx serve',
    ['serve'],
    { database: database.url, redis: context.redis?.url, env: { PORT: '0' } },
    context,
  );
  try {
    const { url = '' } = await ready(server);
    const [route] = routesOf(rows);
    if (!route) throw new Error('there is no route to ask');
    const { p50, p99 } = await loadApi(url, route, context.quick ? 1 : 3);
    return { value: p99, usages: [server.usage()], more: { 'ms p50': p50 } };
  } finally {
    await server.stop();
  }
}
