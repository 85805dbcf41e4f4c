/**
 * Ranges that need not be read now: enqueued and not yet covered, or unreadable a moment ago. Only a memory
 * that saves work: whatever is lost from it, or outlives its time here, shows in coverage as a gap and is
 * read again.
 */

import { overlaps, touching, without } from '../events/overlaps.js';
import type { BlockRange } from '../events/range.js';
import { doubled } from '../runtime/pause.js';

interface Hold extends BlockRange {
  readonly since: number;
  /** How often this stretch was held before. */
  readonly tries: number;
  readonly why: 'enqueued' | 'unreadable';
  /** The queue's id of the job. */
  readonly job: string | undefined;
  /** Of all that is left of what was held at once. */
  readonly state: { until: number; lost: boolean };
}

export interface InFlight {
  /** Holds the range for `milliseconds`, doubled each time that it was held before, at most an hour. */
  hold(range: BlockRange, why: Hold['why'], milliseconds: number, job?: string): void;
  /** How often the range's blocks were held before. */
  tries(range: BlockRange): number;
  /**
   * The parts of the gaps that nothing holds. Forgets what is no gap any more.
   * @param upTo the last block for which the gaps were looked up: what was enqueued meanwhile after it is not
   * forgotten
   */
  free(gaps: readonly BlockRange[], upTo?: number): BlockRange[];
  /**
   * The parts of the gaps that were enqueued, however long ago, and are not lost: they may still be
   * reconciled.
   */
  enqueued(gaps: readonly BlockRange[]): BlockRange[];
  /**
   * Jobs of the gaps that were enqueued a while ago: longer, the more often their blocks were lost before.
   */
  overdue(gaps: readonly BlockRange[]): readonly string[];
  /**
   * The queue does not have the job: it was lost, or did not cover its blocks. They need not be waited for
   * any longer.
   */
  lost(job: string): void;
  size(): number;
}

const LONGEST_MS = 3_600_000;
/**
 * After so long it is worth asking the queue where a job is; twice as long for every time that its blocks
 * were lost before.
 */
const OVERDUE_MS = 2000;
const LONGEST_OVERDUE_MS = 30_000;

/** The gaps that its methods take do not overlap one another. */
export function createInFlight(now: () => number = () => performance.now()): InFlight {
  /** In order, none overlapping another: the newest hold of a block is the one that counts. */
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
      // What sticks out of the range on either side stays held as it was.
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
