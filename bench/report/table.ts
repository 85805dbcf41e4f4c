/** Results as Markdown: what docs/performance.md shows. */
import { type BenchResult, format, type GoalResult, type Measured } from '../bench.js';
import type { Machine } from '../lab/machine.js';

export interface Report {
  /** ISO 8601. */
  readonly at: string;
  readonly quick: boolean;
  readonly runs: number;
  readonly machine: Machine;
  readonly postgres: string;
  readonly redis: string | null;
  readonly results: readonly BenchResult[];
}

export function markdown(report: Report): string {
  const { machine } = report;
  const packages = Object.entries(machine.packages).map(([name, version]) => `${name} ${version}`);
  const lines = [
    `Measured ${report.at.slice(0, 16).replace('T', ' ')} UTC at commit ${machine.commit}: ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, Linux ${machine.kernel}, load before the run ${machine.load}; Node ${machine.node}, PostgreSQL ${report.postgres}, ${report.redis ? `Redis ${report.redis}` : 'queue on PostgreSQL (no Redis here)'}; ${packages.join(', ')}. Medians of ${report.runs} interleaved runs${report.quick ? ' (--quick)' : ''}, [least to most] beside them.`,
    '',
    '### Goals',
    '',
    '| bench | goal | wanted | reached | best to be had, by the floor of this run | |',
    '|---|---|---|---|---|---|',
    ...report.results.flatMap((result) => result.goals.map((goal) => goalRow(result.bench, goal))),
  ];
  for (const result of report.results)
    lines.push('', `### ${result.bench}`, '', `${result.about}.`, '', ...measuredTable(result));
  return `${lines.join('\n')}\n`;
}

function goalRow(bench: string, goal: GoalResult): string {
  const unit = goal.unit === 'times' ? '×' : ` ${goal.unit}`;
  const sense = goal.sense === 'at-least' ? '≥' : '≤';
  return `| ${bench} | ${goal.name} | ${sense} ${format(goal.want)}${unit} | ${format(goal.got)}${unit} | ${goal.limit === undefined ? '' : `${format(goal.limit)}${unit}`} | ${goal.met ? 'met' : 'missed'} |`;
}

function measuredTable(result: BenchResult): string[] {
  const rows = [
    '| contender | work | median [min to max] | CPU seconds by process | peak memory, MiB | more |',
    '|---|---|---|---|---|---|',
    ...result.measured.map(measuredRow),
  ];
  return [...rows, ...result.notes.flatMap((note) => ['', note])];
}

function measuredRow({ contender, work, unit, summary, usages, more }: Measured): string {
  const cpu = usages.map((usage) => `${usage.name} ${format(usage.cpu.median)}`).join(', ');
  const memory = usages
    .filter((usage) => Number.isFinite(usage.peakMemory))
    .map((usage) => `${usage.name} ${format(Math.round(usage.peakMemory))}`);
  const figures = Object.entries(more).map(([name, figure]) => `${name} ${format(figure.median)}`);
  const spread = summary.samples > 1 ? ` [${format(summary.min)} to ${format(summary.max)}]` : '';
  return `| ${contender} | ${work} | ${format(summary.median)}${spread} ${unit} | ${cpu} | ${memory.join(', ')} | ${figures.join(', ')} |`;
}
