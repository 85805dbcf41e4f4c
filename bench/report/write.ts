/** Writes a run down: results.json, results.md and a plot for every bench and unit, in docs/performance/. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchResult, Measured } from '../bench.js';
import { barChart } from './plot.js';
import { markdown, type Report } from './table.js';

/**
 * A run of some benches replaces theirs and leaves the others, as long as it was made on the same commit and
 * machine.
 */
export function writeReport(folder: string, report: Report): void {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'results.json');
  const before = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8'), revive) as Report) : null;
  const kept = before && before.quick === report.quick ? before.results : [];
  const fresh = new Map(report.results.map((result) => [result.bench, result]));
  const merged = [...kept.filter((result) => !fresh.has(result.bench)), ...report.results];
  const whole = { ...report, results: merged };
  writeFileSync(file, `${JSON.stringify(whole, plain, 2)}\n`);
  writeFileSync(join(folder, 'results.md'), markdown(whole));
  for (const result of report.results)
    for (const [name, chart] of charts(result)) writeFileSync(join(folder, name), chart);
}

function charts(result: BenchResult): [file: string, svg: string][] {
  const groups = new Map<string, Measured[]>();
  for (const item of result.measured) {
    const part = item.contender.includes(', ') ? item.contender.slice(item.contender.indexOf(', ') + 2) : '';
    const key = `${part}|${item.unit}`;
    groups.set(key, [...(groups.get(key) ?? []), item]);
  }
  const several = groups.size > 1;
  return [...groups]
    .filter(([, items]) => items.length > 1)
    .map(([key, items]) => {
      const [part = ''] = key.split('|');
      const name = [
        result.bench,
        ...(several ? [key.replaceAll(/[^a-z0-9]+/gi, '-').replaceAll(/^-|-$/g, '')] : []),
      ].join('-');
      return [`${name.toLowerCase()}.svg`, barChart(`${result.bench}${part ? `: ${part}` : ''}`, items)];
    });
}

/** NaN, which JSON has not: a figure that this system does not tell. */
function plain(_: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isFinite(value) ? 'unknown' : value;
}

function revive(_: string, value: unknown): unknown {
  return value === 'unknown' ? Number.NaN : value;
}
