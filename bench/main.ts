/**
 * `npm run bench -- [NAME…] [--quick] [--json] [--runs N] [--rows N] [--profile FOLDER] [--no-write]`:
 * measures and prints the table of docs/performance.md.
 */
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { BenchResult } from './bench.js';
import { describeMachine } from './lab/machine.js';
import { startPostgres } from './lab/postgres.js';
import { startRedis } from './lab/redis.js';
import { BENCHES } from './registry.js';
import { markdown, type Report } from './report/table.js';
import { writeReport } from './report/write.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const HELP = `npm run bench -- [NAME…] [options]

  ${BENCHES.map((bench) => `${bench.name.padEnd(16)} ${bench.about}`).join('\n  ')}

  --quick           small sizes and two runs, some minutes in all, nothing written; fails only under half of a goal
  --json            the results as JSON on standard output
  --runs N          runs of each contender (default 5)
  --rows N          rows of the large tables of api and scale (default 10,000,000)
  --profile FOLDER  CPU profiles of our processes, a folder each
  --no-write        leaves docs/performance/ alone
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
    runs: { type: 'string' },
    rows: { type: 'string' },
    profile: { type: 'string' },
    'no-write': { type: 'boolean', default: false },
  },
});

/** Behind minutes and seconds since the start. */
const say = (text: string): void => {
  const seconds = Math.floor(performance.now() / 1000);
  process.stderr.write(
    `${String(Math.floor(seconds / 60)).padStart(3)}:${String(seconds % 60).padStart(2, '0')} ${text}\n`,
  );
};

process.exitCode = await main();

async function main(): Promise<number> {
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const unknown = positionals.filter((name) => !BENCHES.some((bench) => bench.name === name));
  const [runs, rows] = [
    wholeOf(values.runs, values.quick ? 2 : 5),
    wholeOf(values.rows, values.quick ? 100_000 : 10_000_000),
  ];
  if (unknown.length > 0 || runs === null || rows === null) {
    say(
      unknown.length > 0 ? `no bench ${unknown.join(', ')}` : '--runs and --rows take whole numbers from 1',
    );
    process.stdout.write(HELP);
    return 64;
  }
  process.chdir(ROOT);
  const machine = describeMachine();
  if (values.profile !== undefined) mkdirSync(values.profile, { recursive: true });
  const postgres = await startPostgres(join(ROOT, 'prisma'));
  const redis = await startRedis();
  // The servers outlive this process otherwise.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(
      signal,
      () => void Promise.all([redis?.stop(), postgres.stop()]).finally(() => process.exit(130)),
    );
  }
  const results: BenchResult[] = [];
  const report = (): Report => ({
    at: new Date().toISOString(),
    quick: values.quick,
    runs,
    machine,
    postgres: postgres.version,
    redis: redis?.version ?? null,
    results,
  });
  try {
    for (const bench of BENCHES) {
      if (positionals.length > 0 && !positionals.includes(bench.name)) continue;
      say(`${bench.name}: ${bench.about}`);
      const measure = (): Promise<BenchResult> =>
        bench.run({
          postgres,
          redis,
          quick: values.quick,
          runs,
          largeRows: rows,
          profiles: values.profile === undefined ? null : resolve(values.profile),
          say,
        });
      const result = await measure();
      const again = values.quick && result.goals.some(({ broken }) => broken);
      if (again)
        say(
          `${bench.name}: under half of a goal; two runs are few and machines have bad minutes, so it is measured once more`,
        );
      results.push(again ? await measure() : result);
      // After each, so that an hour's run that is interrupted leaves what it has measured.
      if (!values.quick && !values['no-write']) writeReport(join(ROOT, 'docs', 'performance'), report());
    }
  } finally {
    await redis?.stop();
    await postgres.stop();
  }
  process.stdout.write(values.json ? `${JSON.stringify(report(), null, 2)}\n` : markdown(report()));
  const goals = results.flatMap((result) => result.goals);
  const broken = goals.filter((goal) => goal.broken);
  for (const goal of broken) say(`under half of its goal: ${goal.name}`);
  return values.quick && broken.length > 0 ? 1 : 0;
}

function wholeOf(text: string | undefined, otherwise: number): number | null {
  if (text === undefined) return otherwise;
  return /^[1-9]\d*$/.test(text) ? Number(text) : null;
}
