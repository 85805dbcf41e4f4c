/** When a message is tried again, and when it is given up. */

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

export interface Schedule {
  /** Milliseconds after the first, second, … failure; the last one counts for all that follow. */
  readonly delays: readonly number[];
  /**
   * Milliseconds from the first attempt after which a message that the receiver refuses is a dead letter.
   * One that does not reach him is tried for as long as it takes.
   */
  readonly giveUpAfter: number;
}

export const SCHEDULE: Schedule = {
  delays: [5 * SECOND, 30 * SECOND, 2 * MINUTE, 10 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR],
  giveUpAfter: 72 * HOUR,
};

/** A receiver may ask for this much patience (`Retry-After`). */
const PATIENCE_MOST = HOUR;

/**
 * Milliseconds to wait after a failure. A random part of up to a quarter is taken off or added, so that many
 * messages do not come back at once.
 * @param failures number of the failure, from 1
 * @param retryAfter what the receiver asked for, milliseconds
 */
export function delayAfter(
  { delays }: Schedule,
  failures: number,
  retryAfter: number | null,
  random = Math.random(),
): number {
  const planned = delays[Math.min(failures, delays.length) - 1] ?? HOUR;
  return Math.max(planned * (0.75 + random / 2), Math.min(retryAfter ?? 0, PATIENCE_MOST));
}
