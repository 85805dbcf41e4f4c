/**
 * Ranges that need not be read now: enqueued and not yet covered, or unreadable a moment ago. Only a memory
 * that saves work: whatever is lost from it, or outlives its time here, shows in coverage as a gap and is
 * read again.
 */
import { type BlockRange, gapsIn } from '../events/range.js';
import { doubled } from '../runtime/pause.js';

interface Hold extends BlockRange {
  readonly since: number;
  readonly until: number;
  /** How often this stretch was held before. */
  readonly tries: number;
  readonly why: 'enqueued' | 'unreadable';
  /** The queue's id of the job. */
  readonly job: string | undefined;
  readonly lost?: true;
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

export function createInFlight(now: () => number = () => performance.now()): InFlight {
  let holds: Hold[] = [];
  const touching = (range: BlockRange) => holds.filter((hold) => overlap(hold, range));
  const tries = (range: BlockRange) =>
    touching(range).reduce((most, hold) => Math.max(most, hold.tries + 1), 0);
  return {
    hold: (range, why, milliseconds, job) => {
      const before = tries(range);
      const time = now();
      // A hold that the new one contains is replaced; one that sticks out stays until it is covered or
      // forgotten.
      holds = holds.filter((hold) => hold.fromBlock < range.fromBlock || hold.toBlock > range.toBlock);
      holds.push({
        ...range,
        why,
        job,
        tries: before,
        since: time,
        until: time + doubled(milliseconds, before, LONGEST_MS),
      });
    },
    tries,
    free: (gaps, upTo = Number.POSITIVE_INFINITY) => {
      const time = now();
      holds = holds.filter((hold) => hold.toBlock > upTo || gaps.some((gap) => overlap(hold, gap)));
      const active = holds.filter((hold) => hold.until > time);
      return gaps.flatMap((gap) => gapsIn(active, gap.fromBlock, gap.toBlock));
    },
    enqueued: (gaps) =>
      holds
        .filter((hold) => hold.why === 'enqueued' && !hold.lost)
        .flatMap((hold) =>
          gaps
            .filter((gap) => overlap(hold, gap))
            .map((gap) => ({
              fromBlock: Math.max(hold.fromBlock, gap.fromBlock),
              toBlock: Math.min(hold.toBlock, gap.toBlock),
            })),
        ),
    overdue: (gaps) => {
      const time = now();
      return holds.flatMap((hold) => {
        const patience = doubled(OVERDUE_MS, hold.tries, LONGEST_OVERDUE_MS);
        const waited = hold.why === 'enqueued' && !hold.lost && hold.since + patience <= time;
        return waited && hold.job !== undefined && gaps.some((gap) => overlap(hold, gap)) ? [hold.job] : [];
      });
    },
    lost: (job) => {
      const time = now();
      holds = holds.map((hold) =>
        hold.job === job ? { ...hold, until: Math.min(hold.until, time), lost: true } : hold,
      );
    },
    size: () => holds.length,
  };
}

function overlap(a: BlockRange, b: BlockRange): boolean {
  return a.fromBlock <= b.toBlock && b.fromBlock <= a.toBlock;
}
