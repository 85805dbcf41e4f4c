/**
 * Reads of large tables through the API by 50 clients, against the same queries without it, and against
 * tables a tenth as large.
 */
import { fileURLToPath } from 'node:url';
import { createDatabase } from '../../src/store/database.js';
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
import { type Child, startChild } from '../lab/child.js';
import { createLargeTables } from '../lab/large-tables.js';
import { ready, startNdx } from '../lab/ndx.js';
import type { BenchDatabase } from '../lab/postgres.js';
import { barePathOf, type Latency, loadApi, loadDatabase, type Route, routesOf } from './api-load.js';

export const api: Bench = {
  name: 'api',
  about: 'reads of large tables by 50 clients at once: p99 in milliseconds',
  run: async (context) => {
    const rows = context.largeRows;
    const sizes = [Math.round(rows / 10), rows];
    const measured = [];
    for (const size of sizes) {
      context.say(`  making ${size} rows`);
      const database = await createLargeTables(context.postgres, size);
      try {
        measured.push(...(await measureSize(size, database, context)));
      } finally {
        await database.drop();
      }
    }
    const [few = 0, many = 0] = sizes;
    const goals: Goal[] = routesOf(rows).flatMap(({ name }): Goal[] => [
      {
        name: `${name}: p99 over the bare query`,
        want: 1.5,
        sense: 'at-most',
        value: (median) => median(`ours ${name}, ${many}`) / median(`bare ${name}, ${many}`),
        limit: (median) => median(`bare over HTTP ${name}, ${many}`) / median(`bare ${name}, ${many}`),
      },
      {
        name: `${name}: p99 over that at a tenth of the rows`,
        want: 1.3,
        sense: 'at-most',
        value: (median) => median(`ours ${name}, ${many}`) / median(`ours ${name}, ${few}`),
      },
    ]);
    const ours = measured.map((item) => item.contender).filter((name) => name.startsWith('ours'));
    return {
      bench: api.name,
      about: api.about,
      measured,
      goals: [...judge(goals, measured), memoryGoal(measured, ours)],
      notes: [],
    };
  },
};

async function measureSize(rows: number, database: BenchDatabase, context: BenchContext) {
  const seconds = context.quick ? 1 : 2;
  const server = startNdx(
    'ndx serve',
    ['serve'],
    { database: database.url, redis: context.redis?.url, env: { PORT: '0' } },
    context,
  );
  const floor = startChild({
    name: 'bare over HTTP',
    script: fileURLToPath(new URL('../peers/bare-http.js', import.meta.url)),
    env: { DATABASE_URL: database.url, ROWS: String(rows) },
  });
  const db = createDatabase({ url: database.url, poolSize: 16 });
  try {
    const { url = '' } = await ready(server);
    const port = await floor.message((message) => (message as { port?: number }).port ?? null);
    const contenders = routesOf(rows).flatMap((route: Route): Contender[] => [
      {
        name: `ours ${route.name}, ${rows}`,
        unit: 'ms p99',
        work: `${rows} rows`,
        run: () => asSample(loadApi(url, route, seconds), server),
      },
      {
        name: `bare ${route.name}, ${rows}`,
        unit: 'ms p99',
        work: `${rows} rows`,
        run: () => asSample(loadDatabase(db, route, seconds)),
      },
      {
        name: `bare over HTTP ${route.name}, ${rows}`,
        unit: 'ms p99',
        work: `${rows} rows`,
        run: () => asSample(loadApi(`http://127.0.0.1:${port}`, route, seconds, barePathOf)),
      },
    ]);
    // Of the smaller tables no goal asks for more than ours.
    const wanted =
      context.quick && rows < context.largeRows
        ? contenders.filter(({ name }) => name.startsWith('ours'))
        : contenders;
    return await measure(wanted, context);
  } finally {
    await db.close();
    await floor.stop();
    await server.stop();
  }
}

async function asSample(latency: Promise<Latency>, server?: Child): Promise<Sample> {
  server?.mark();
  const { p50, p99, perSecond } = await latency;
  return {
    value: p99,
    usages: server ? [server.usage()] : [],
    more: { 'ms p50': p50, 'requests/s': perSecond },
  };
}
