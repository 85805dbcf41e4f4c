/** What a bench is: contenders that do the same work, measured in turns, and goals as ratios between them. */
import type { Usage } from './lab/child.js';
import type { BenchPostgres } from './lab/postgres.js';
import type { BenchRedis } from './lab/redis.js';
import { type Summary, summarise } from './stats.js';

/** One measured run of one contender. */
export interface Sample {
  /** In the contender's unit; more is better, unless the unit is a time. */
  readonly value: number;
  readonly usages?: readonly Usage[];
  /** Further figures of this run, by name. */
  readonly more?: Readonly<Record<string, number>>;
}

export interface Contender {
  readonly name: string;
  readonly unit: string;
  /** What one run works on, for people: "2,000 blocks". */
  readonly work: string;
  readonly run: () => Promise<Sample>;
  /** Fewer runs than the bench's, for what takes minutes. */
  readonly runs?: number;
}

/** Of the contender's figure, or of one of its further ones. */
export type MedianOf = (contender: string, more?: string) => number;

export interface Goal {
  readonly name: string;
  /** What has to be reached, by the medians of the bench. */
  readonly want: number;
  /** `at-least`: value ≥ want. `at-most`: value ≤ want. */
  readonly sense: 'at-least' | 'at-most';
  readonly value: (medianOf: MedianOf) => number;
  /**
   * The best that can be had at all, as a contender of the same run shows: it may fall short of what is
   * wanted.
   */
  readonly limit?: (medianOf: MedianOf) => number;
  readonly unit?: string;
}

export interface Measured {
  readonly contender: string;
  readonly unit: string;
  readonly work: string;
  readonly summary: Summary;
  readonly usages: readonly { readonly name: string; readonly cpu: Summary; readonly peakMemory: number }[];
  readonly more: Readonly<Record<string, Summary>>;
}

export interface GoalResult {
  readonly name: string;
  readonly want: number;
  readonly sense: Goal['sense'];
  readonly got: number;
  readonly met: boolean;
  readonly limit?: number;
  /**
   * Under half of the goal, or of the best that can be had where that falls short of it: what fails a
   * `--quick` run.
   */
  readonly broken: boolean;
  readonly unit: string;
}

export interface BenchResult {
  readonly bench: string;
  readonly about: string;
  readonly measured: readonly Measured[];
  readonly goals: readonly GoalResult[];
  readonly notes: readonly string[];
}

export interface BenchContext {
  readonly postgres: BenchPostgres;
  /** null: not installed; queues are then on PostgreSQL. */
  readonly redis: BenchRedis | null;
  readonly quick: boolean;
  /** Runs of each contender. */
  readonly runs: number;
  /** Rows of the large tables. */
  readonly largeRows: number;
  /** Folder for CPU profiles of our processes; null: none are taken. */
  readonly profiles: string | null;
  readonly say: (text: string) => void;
}

export interface Bench {
  readonly name: string;
  readonly about: string;
  run(context: BenchContext): Promise<BenchResult>;
}

/** Runs the contenders in turns, so that whatever else the machine does meets all of them. */
export async function measure(
  contenders: readonly Contender[],
  context: Pick<BenchContext, 'runs' | 'say'>,
): Promise<Measured[]> {
  const samples = new Map<Contender, Sample[]>(contenders.map((contender) => [contender, []]));
  for (let round = 0; round < context.runs; round++) {
    for (const contender of contenders) {
      if (round >= (contender.runs ?? context.runs)) continue;
      const sample = await contender.run();
      samples.get(contender)?.push(sample);
      context.say(`  ${contender.name}: ${format(sample.value)} ${contender.unit}`);
    }
  }
  return contenders.map((contender) => toMeasured(contender, samples.get(contender) ?? []));
}

function toMeasured({ name, unit, work }: Contender, samples: readonly Sample[]): Measured {
  const usages = new Map<string, Usage[]>();
  const more = new Map<string, number[]>();
  for (const sample of samples) {
    for (const usage of sample.usages ?? [])
      usages.set(usage.name, [...(usages.get(usage.name) ?? []), usage]);
    for (const [key, value] of Object.entries(sample.more ?? {}))
      more.set(key, [...(more.get(key) ?? []), value]);
  }
  return {
    contender: name,
    unit,
    work,
    summary: summarise(samples.map((sample) => sample.value)),
    usages: [...usages].map(([process, list]) => ({
      name: process,
      cpu: summarise(list.map((usage) => usage.cpu)),
      peakMemory: Math.max(...list.map((usage) => usage.peakMemory)),
    })),
    more: Object.fromEntries([...more].map(([key, values]) => [key, summarise(values)])),
  };
}

export function judge(goals: readonly Goal[], measured: readonly Measured[]): GoalResult[] {
  const medianOf: MedianOf = (contender, more) => {
    const found = measured.find((item) => item.contender === contender);
    const summary = more === undefined ? found?.summary : found?.more[more];
    if (!summary) throw new Error(`nothing measured of ${contender} ${more ?? ''}`);
    return summary.median;
  };
  return goals.map(({ name, want, sense, value, limit: limitOf, unit = 'times' }) => {
    const got = value(medianOf);
    const limit = limitOf?.(medianOf);
    const met = sense === 'at-least' ? got >= want : got <= want;
    const broken =
      sense === 'at-least'
        ? !(got >= Math.min(want, limit ?? want) / 2)
        : !(got <= Math.max(want, limit ?? want) * 2);
    return { name, want, sense, got, met, broken, unit, ...(limit === undefined ? {} : { limit }) };
  });
}

export function format(value: number): string {
  if (!Number.isFinite(value)) return 'unknown';
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toLocaleString('en-US', { maximumFractionDigits: digits, minimumFractionDigits: 0 });
}

/**
 * Goal that every process of ours (the node that it reads from is the bench's own) keeps below the memory
 * limit.
 */
export function memoryGoal(measured: readonly Measured[], ours: readonly string[]): GoalResult {
  const peaks = measured
    .filter((item) => ours.includes(item.contender))
    .flatMap((item) =>
      item.usages.filter(({ name }) => name.startsWith('ndx ')).map(({ peakMemory }) => peakMemory),
    );
  const got = peaks.length === 0 ? Number.NaN : Math.max(...peaks);
  return {
    name: 'memory of any process of ours',
    want: 512,
    sense: 'at-most',
    got,
    met: got <= 512,
    broken: got > 1_024,
    unit: 'MiB',
  };
}
