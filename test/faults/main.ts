/**
 * `npm run test:faults -- --seeds N [--backend postgres|redis|both] [--first N] [--faults N] [--load N]`: the
 * long form; prints what was done and found, beside N busy loops. `npm run test:faults -- --soak MINUTES
 * [--backend postgres|redis]`: one run of faults that leave the processes alive, and their memory.
 */
import { parseArgs } from 'node:util';
import type { Backend } from './fleet.js';
import { FAULT_KINDS } from './kinds.js';
import { startLoad } from './load.js';
import { type RunResult, simulate } from './simulation.js';
import { soak } from './soak.js';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '10' },
    first: { type: 'string', default: '1' },
    backend: { type: 'string', default: 'both' },
    faults: { type: 'string', default: '32' },
    soak: { type: 'string' },
    load: { type: 'string', default: '0' },
    verbose: { type: 'boolean', default: false },
  },
});
const backends: Backend[] = values.backend === 'both' ? ['postgres', 'redis'] : [values.backend as Backend];
const say = (text: string) => process.stdout.write(`${text}\n`);
const results: RunResult[] = [];
const broken: string[] = [];
startLoad(Number(values.load));

if (values.soak !== undefined) {
  process.exit(await soak(Number(values.soak), values.backend === 'redis' ? 'redis' : 'postgres', say));
}

for (let number = Number(values.first); number < Number(values.first) + Number(values.seeds); number++) {
  for (const backend of backends) {
    const seed = String(number);
    try {
      const result = await simulate({
        seed,
        backend,
        faults: Number(values.faults),
        backfill: 5_000,
        ...(values.verbose ? { onFault: (name: string) => say(`  ${name}`) } : {}),
      });
      results.push(result);
      const count = Object.values(result.faults).reduce((sum, item) => sum + item, 0);
      say(
        `seed ${seed} ${backend} ${result.commitment}: ${count} faults, ${result.blocks} blocks, ${result.transactions} transactions, ${result.differences.length} differences, ${result.fell.length} fallen, ${result.seconds} s`,
      );
      for (const text of result.differences) say(`  DIFFERENCE ${text}`);
      for (const text of result.fell) say(`  fell: ${text}`);
    } catch (error) {
      broken.push(`${seed} ${backend}`);
      say(`seed ${seed} ${backend} BROKE: ${String(error)}`);
    }
  }
}

say(`\n| fault | ${backends.join(' | ')} |\n|---|${backends.map(() => '---|').join('')}`);
for (const { name } of FAULT_KINDS) {
  const counts = backends.map((backend) =>
    results
      .filter((result) => result.backend === backend)
      .reduce((sum, { faults }) => sum + (faults[name] ?? 0), 0),
  );
  say(`| ${name} | ${counts.join(' | ')} |`);
}
const found = backends.map((backend) =>
  results
    .filter((result) => result.backend === backend)
    .reduce((sum, result) => sum + result.differences.length, 0),
);
say(`| **differences found** | ${found.join(' | ')} |`);
say(
  `| runs ended | ${backends.map((backend) => results.filter((result) => result.backend === backend).length).join(' | ')} |`,
);
if (broken.length > 0) say(`\nruns that broke: ${broken.join(', ')}`);
process.exitCode = broken.length > 0 || found.some((count) => count > 0) ? 1 : 0;
