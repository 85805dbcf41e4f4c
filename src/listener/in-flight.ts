/**
 * Ranges that need not be read now: they are enqueued and not yet covered, or could not be read a moment ago.
 * This memory only saves work. What is lost from it, or stays in it too long, shows in coverage as a gap and
 * is read again.
 */

import { overlaps, touching, without } from '../events/overlaps.js';
import type { BlockRange } from '../events/range.js';
import { doubled } from '../runtime/pause.js';

interface Hold extends BlockRange {
  /** When it was held, by the clock `now`. */
  readonly since: number;
  /** How often this stretch was held before. */
  readonly tries: number;
  readonly why: 'enqueued' | 'unreadable';
  /** The queue's id of the job. */
  readonly job: string | undefined;
  /** Shared by all parts that are left of one hold: until when it lasts, and whether its job is lost. */
  readonly state: { until: number; lost: boolean };
}

export interface InFlight {
  /** Holds the range for `milliseconds`, doubled each time that it was held before, at most an hour. */
  hold(range: BlockRange, why: Hold['why'], milliseconds: number, job?: string): void;
  /** How often blocks of the range were held before: the largest count among them. */
  tries(range: BlockRange): number;
  /**
   * The parts of the gaps that nothing holds. Holds that touch no gap any more are forgotten.
   * @param upTo the last block for which the gaps were looked up: holds that reach beyond it are kept,
   * because their blocks may have been enqueued since
   */
  free(gaps: readonly BlockRange[], upTo?: number): BlockRange[];
  /**
   * The parts of the gaps that were enqueued, however long ago, and whose job is not known to be lost: they
   * may still be reconciled.
   */
  enqueued(gaps: readonly BlockRange[]): BlockRange[];
  /**
   * Jobs of the gaps that were enqueued long enough ago to ask the queue about them. That time grows with
   * every time that their blocks were held before.
   */
  overdue(gaps: readonly BlockRange[]): readonly string[];
  /**
   * To be called when the queue does not have the job: it was lost, or ended without covering its blocks.
   * They are not waited for any longer.
   */
  lost(job: string): void;
  size(): number;
}

const LONGEST_MS = 3_600_000;
/**
 * After so long it is worth asking the queue where a job is; doubled for every time that its blocks were held
 * before.
 */
const OVERDUE_MS = 2000;
const LONGEST_OVERDUE_MS = 30_000;

/**
 * @param now a clock in milliseconds
 * @returns a memory whose methods take gaps that do not overlap one another
 */
export function createInFlight(now: () => number = () => performance.now()): InFlight {
  /** In order of blocks, none overlapping another: only the newest hold of a block counts. */
  let holds: Hold[] = [];
  let states = new Map<string, Hold['state']>();
  const tries = (range: BlockRange): number => {
    const [from, to] = touching(holds, range);
    return holds.slice(from, to).reduce((most, hold) => Math.max(most, hold.tries + 1), 0);
  };
  const waitedFor = (hold: Hold): boolean => hold.why === 'enqueued' && !hold.state.lost;
  return {
    hold: (range, why, milliseconds, job) => {
      const before = tries(range);
      const time = now();
      const state = { until: time + doubled(milliseconds, before, LONGEST_MS), lost: false };
      const { fromBlock, toBlock } = range;
      const [from, to] = touching(holds, range);
      // The parts of older holds outside the range stay held as they were.
      const rest = holds
        .slice(from, to)
        .flatMap((hold) => without([hold], [range]).map((part) => ({ ...hold, ...part })));
      const held: Hold = { fromBlock, toBlock, why, job, tries: before, since: time, state };
      holds.splice(from, to - from, ...[...rest, held].sort((a, b) => a.fromBlock - b.fromBlock));
      if (job !== undefined) states.set(job, state);
    },
    tries,
    free: (gaps, upTo = Number.POSITIVE_INFINITY) => {
      const time = now();
      const wanted = new Set([...overlaps(holds, gaps)].map(([hold]) => hold));
      holds = holds.filter((hold) => hold.toBlock > upTo || wanted.has(hold));
      states = new Map(holds.flatMap(({ job, state }) => (job === undefined ? [] : [[job, state]])));
      return without(
        gaps,
        holds.filter((hold) => hold.state.until > time),
      );
    },
    enqueued: (gaps) =>
      [...overlaps(holds.filter(waitedFor), gaps)].map(([hold, gap]) => ({
        fromBlock: Math.max(hold.fromBlock, gap.fromBlock),
        toBlock: Math.min(hold.toBlock, gap.toBlock),
      })),
    overdue: (gaps) => {
      const time = now();
      const late = ({ job, tries: before, since }: Hold): boolean =>
        job !== undefined && since + doubled(OVERDUE_MS, before, LONGEST_OVERDUE_MS) <= time;
      const waited = holds.filter((hold) => waitedFor(hold) && late(hold));
      return [...new Set([...overlaps(waited, gaps)].flatMap(([{ job }]) => job ?? []))];
    },
    lost: (job) => {
      const state = states.get(job);
      if (state) Object.assign(state, { until: Math.min(state.until, now()), lost: true });
    },
    size: () => holds.length,
  };
}
