/**
 * Ranges that need not be read now: enqueued and not yet covered, or unreadable a moment ago. Only a memory that saves
 * work: whatever is lost from it, or outlives its time here, shows in coverage as a gap and is read again.
 */
import { type BlockRange, gapsIn } from '../store/coverage.js';

interface Hold extends BlockRange {
  readonly since: number;
  readonly until: number;
  /** How often this stretch was held before. */
  readonly tries: number;
  readonly why: 'enqueued' | 'unreadable';
}

export interface InFlight {
  /** Held for `milliseconds`, twice as long for every time that it was held before, up to an hour. */
  hold(range: BlockRange, why: Hold['why'], milliseconds: number): void;
  /** How often the range's blocks were held before. */
  tries(range: BlockRange): number;
  /** The parts of the gaps that nothing holds. Forgets what is no gap any more. */
  free(gaps: readonly BlockRange[]): BlockRange[];
  /** The parts of the gaps that are enqueued and may still be reconciled. */
  enqueued(gaps: readonly BlockRange[]): BlockRange[];
  /** The queue holds nothing: what was enqueued more than `milliseconds` ago is lost. */
  queueIsEmpty(milliseconds: number): void;
  size(): number;
}

const LONGEST_MS = 3_600_000;
/** A range lost this often is no longer given up early: something is wrong with it, not with the queue. */
const PATIENT_TRIES = 3;

export function createInFlight(now: () => number = Date.now): InFlight {
  let holds: Hold[] = [];
  const touching = (range: BlockRange) => holds.filter((hold) => overlap(hold, range));
  const tries = (range: BlockRange) => touching(range).reduce((most, hold) => Math.max(most, hold.tries + 1), 0);
  return {
    hold: (range, why, milliseconds) => {
      const before = tries(range);
      const time = now();
      // A hold that the new one contains is replaced; one that sticks out stays until it is covered or forgotten.
      holds = holds.filter((hold) => hold.fromBlock < range.fromBlock || hold.toBlock > range.toBlock);
      holds.push({ ...range, why, tries: before, since: time, until: time + Math.min(LONGEST_MS, milliseconds * 2 ** before) });
    },
    tries,
    free: (gaps) => {
      const time = now();
      holds = holds.filter((hold) => gaps.some((gap) => overlap(hold, gap)));
      const active = holds.filter((hold) => hold.until > time);
      return gaps.flatMap((gap) => gapsIn(active, gap.fromBlock, gap.toBlock));
    },
    enqueued: (gaps) => {
      const time = now();
      return holds
        .filter((hold) => hold.why === 'enqueued' && hold.until > time)
        .flatMap((hold) =>
          gaps
            .filter((gap) => overlap(hold, gap))
            .map((gap) => ({ fromBlock: Math.max(hold.fromBlock, gap.fromBlock), toBlock: Math.min(hold.toBlock, gap.toBlock) })),
        );
    },
    queueIsEmpty: (milliseconds) => {
      const time = now();
      holds = holds.map((hold) =>
        hold.why === 'enqueued' && hold.tries < PATIENT_TRIES && hold.since + milliseconds <= time ? { ...hold, until: time } : hold,
      );
    },
    size: () => holds.length,
  };
}

function overlap(a: BlockRange, b: BlockRange): boolean {
  return a.fromBlock <= b.toBlock && b.fromBlock <= a.toBlock;
}
