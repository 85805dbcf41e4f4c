/**
 * Events of all kinds that wait in the queue → committed rows, by 1, 2 and 4 worker processes; against bare
 * inserts of the ledger alone, and the floor of all tables.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { serialize } from 'node:v8';
import type { Batch } from '../../src/events/batch.js';
import {
  type Bench,
  type BenchContext,
  type Contender,
  type Goal,
  judge,
  measure,
  memoryGoal,
  type Sample,
} from '../bench.js';
import { generateBatches } from '../chain/batches.js';
import { type Child, startChild } from '../lab/child.js';
import { temporaryFolder } from '../lab/folder.js';
import { startWorkers } from '../lab/ndx.js';
import { query } from '../lab/postgres.js';
import { COVERED, watchDatabase } from '../lab/wait.js';
import { type FloorRows, takeFloorRows } from '../peers/floor-rows.js';
import { writeFloorTables } from '../peers/floor-tables.js';
import { startUsual } from '../peers/usual-contender.js';
import { backendOf, fillQueue } from './fill.js';
import { systemUsage } from './system-usage.js';

const WORKERS = [1, 2, 4] as const;
const OURS_A_BLOCK = 20;
/** Every size has ten events a wallet: in a short run, too, most wallets are known ones most of the time. */
const WALLETS_A_BLOCK = 2.3;
/** As readers/batches.ts packs them. */
const BLOCKS_A_BATCH = 170;

export const reconcile: Bench = {
  name: 'reconcile',
  about: 'events of all kinds, already in the queue, to committed rows with all projections',
  run: async (context) => {
    // Less, and half of it goes by before the code of a new process is compiled.
    const blocks = context.quick ? 2_700 : 8_700;
    // Made once: it takes longer than a run.
    const batches = [...batchesOf(blocks)];
    const folder = keepBatches(batches);
    const rows = await finalRows(batches, context);
    const contenders: Contender[] = [];
    // Two workers, PostgreSQL and Redis on the two cores of CI measure how these are shared.
    for (const workers of context.quick ? ([1] as const) : WORKERS) {
      contenders.push(
        {
          name: `ours, ${workers}`,
          unit: 'events/s',
          work: `${blocks * 23} events`,
          run: () => ours(workers, batches, context),
        },
        {
          name: `bare insert, ${workers}`,
          unit: 'events/s',
          work: `${blocks * 23} rows`,
          run: () => bare(workers, folder, context),
        },
        {
          name: `floor, ${workers}`,
          unit: 'events/s',
          work: `${blocks * 23} events`,
          run: () => floor(workers, blocks, rows, context),
        },
      );
    }
    const few = context.quick ? 300 : 2_000;
    contenders.push({
      name: 'usual worker, 1',
      unit: 'events/s',
      work: `${few} events`,
      run: () => usual(few, context),
    });
    const measured = await measure(contenders, context);
    const counts = contenders
      .filter(({ name }) => name.startsWith('ours'))
      .map(({ name }) => name.split(', ')[1]);
    const goals: Goal[] = counts.map((count) => ({
      name: `${count} workers: of the bare insert`,
      want: 0.5,
      sense: 'at-least',
      value: (median) => median(`ours, ${count}`) / median(`bare insert, ${count}`),
      limit: (median) => median(`floor, ${count}`) / median(`bare insert, ${count}`),
    }));
    const memory = memoryGoal(
      measured,
      counts.map((count) => `ours, ${count}`),
    );
    return {
      bench: reconcile.name,
      about: reconcile.about,
      measured,
      goals: [...judge(goals, measured), memory],
      notes: [],
    };
  },
};

/** Ours runs once, unmeasured, to know the rows that everybody has to end up with. */
async function finalRows(batches: readonly Batch[], context: BenchContext): Promise<FloorRows> {
  let rows: FloorRows | undefined;
  await ours(1, batches, { ...context, profiles: null }, async (database) => {
    rows = await takeFloorRows(database);
  });
  if (!rows) throw new Error('the rows were not taken');
  return rows;
}

async function floor(
  connections: number,
  blocks: number,
  rows: FloorRows,
  context: BenchContext,
): Promise<Sample> {
  const { postgres, redis } = context;
  const database = await postgres.create();
  try {
    const before = { postgres: postgres.cpu(), redis: redis?.cpu() ?? 0 };
    const milliseconds = await writeFloorTables(rows, connections, database.url);
    return { value: (blocks * 23) / (milliseconds / 1000), usages: systemUsage(context, before) };
  } finally {
    await database.drop();
  }
}

async function ours(
  count: number,
  batches: readonly Batch[],
  context: BenchContext,
  keep?: (database: string) => Promise<void>,
): Promise<Sample> {
  const { postgres, redis } = context;
  const database = await postgres.create();
  await redis?.flush();
  await fillQueue(backendOf(context, database.url), batches);
  const watch = await watchDatabase(database.url);
  const before = { postgres: postgres.cpu(), redis: redis?.cpu() ?? 0 };
  const workers = await startWorkers(
    count,
    count === 1 ? 2 : 1,
    { database: database.url, redis: redis?.url },
    context,
  );
  try {
    for (const worker of workers) worker.mark();
    const start = Date.now();
    const [done] = await query<{ n: number }>(database.url, 'SELECT count(*)::int AS n FROM ledger_event');
    const end = await watch.until(COVERED, batches.at(-1)?.toBlock ?? 0);
    const usages = [...workers.map((worker) => worker.usage()), ...systemUsage(context, before)];
    const [all] = await query<{ n: number }>(database.url, 'SELECT count(*)::int AS n FROM ledger_event');
    await keep?.(database.url);
    return { value: ((all?.n ?? 0) - (done?.n ?? 0)) / ((end - start) / 1000), usages };
  } finally {
    await watch.close();
    await Promise.all(workers.map((worker) => worker.stop()));
    await database.drop();
  }
}

function batchesOf(blocks: number) {
  return generateBatches({
    seed: 3,
    wallets: Math.round(blocks * WALLETS_A_BLOCK),
    fromSlot: 1,
    toSlot: blocks,
    ours: OURS_A_BLOCK,
    blocksPerBatch: BLOCKS_A_BATCH,
  });
}

/** For the processes that insert them bare. @returns folder with a file a batch, named in their order */
function keepBatches(batches: readonly Batch[]): string {
  const folder = temporaryFolder('batches');
  for (const [at, batch] of batches.entries())
    writeFileSync(join(folder, String(at).padStart(6, '0')), serialize(batch));
  return folder;
}

/** The same rows, made beforehand, by plain `INSERT … unnest` of 1,000: what the table alone costs. */
async function bare(count: number, batches: string, context: BenchContext): Promise<Sample> {
  const { postgres } = context;
  const database = await postgres.create();
  const writers: Child[] = Array.from({ length: count }, (_, at) =>
    startChild({
      name: `bare insert ${at + 1}`,
      script: fileURLToPath(new URL('../peers/bare-insert.js', import.meta.url)),
      env: { DATABASE_URL: database.url, BATCHES: batches, PART: String(at), PARTS: String(count) },
    }),
  );
  try {
    await Promise.all(
      writers.map((writer) => writer.message((message) => ('ready' in (message as object) ? true : null))),
    );
    for (const writer of writers) writer.mark();
    const before = { postgres: postgres.cpu(), redis: context.redis?.cpu() ?? 0 };
    const start = Date.now();
    for (const writer of writers) writer.send({ go: true });
    const done = await Promise.all(
      writers.map((writer) =>
        writer.message((message) =>
          'doneAt' in (message as object) ? (message as { doneAt: number; rows: number }) : null,
        ),
      ),
    );
    const usages = [...writers.map((writer) => writer.usage()), ...systemUsage(context, before)];
    const rows = done.reduce((sum, item) => sum + item.rows, 0);
    return { value: rows / ((Math.max(...done.map((item) => item.doneAt)) - start) / 1000), usages };
  } finally {
    await Promise.all(writers.map((writer) => writer.stop()));
    await database.drop();
  }
}

async function usual(events: number, context: BenchContext): Promise<Sample> {
  const { postgres, redis } = context;
  const database = await postgres.create();
  await redis?.flush();
  const env = { DATABASE_URL: database.url, REDIS_URL: redis?.url ?? '', EVENTS: String(events) };
  const filler = startChild({
    name: 'filler',
    script: fileURLToPath(new URL('../peers/usual-fill.js', import.meta.url)),
    env,
  });
  const { transactions } = await filler.message((message) =>
    'transactions' in (message as object) ? (message as { transactions: number }) : null,
  );
  await filler.stop();
  const watch = await watchDatabase(database.url);
  const before = { postgres: postgres.cpu(), redis: redis?.cpu() ?? 0 };
  const worker = startUsual('work', env);
  try {
    const start = await watch.until('SELECT count(*) AS n FROM "Transaction"', 1);
    const end = await watch.until('SELECT count(*) AS n FROM "Transaction"', transactions);
    return {
      value: events / ((end - start) / 1000),
      usages: [worker.usage(), ...systemUsage(context, before)],
    };
  } finally {
    await watch.close();
    await worker.stop();
    await database.drop();
  }
}
