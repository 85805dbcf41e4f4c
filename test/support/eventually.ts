/**
 * Waits of tests: for progress, never for a clock. A machine that does other work needs long for everything,
 * and what it works on still changes from look to look; what does not change any more is broken.
 */
import { setTimeout as sleep } from 'node:timers/promises';

export interface Waiting<T> {
  /** Said when nothing moves any more. */
  readonly what?: string;
  /**
   * What moves on the way, where the check's own failure does not tell ("17 of 40 blocks" does). A value that
   * moves for ever, as a clock or a chain's head, is none.
   */
  readonly progress?: () => T | Promise<T>;
}

/** Between looks, from the first to the hundredth: quick where it is soon there, rare where it takes long. */
const LOOK_MS = { first: 20, last: 250, growth: 1.1 };
/**
 * So long without any change, and nothing moves. Not a measure of anything: longer than the longest pause
 * that is right, a lease that runs out or a process that starts beside thirty others.
 */
const STILL_MS = 120_000;
/** A look that takes longer than that itself was held up by the machine. */
const LONGEST_LOOK_MS = 1_000;

/**
 * Looks until the check neither throws nor gives false.
 * @returns what the check gave
 * @throws with its last failure as cause, when neither that nor `progress` has changed for {@link STILL_MS}
 */
export async function eventually<R, P = undefined>(
  check: () => R | Promise<R>,
  { what = 'the check to pass', progress }: Waiting<P> = {},
): Promise<Exclude<R, false>> {
  let before: string | undefined;
  let still = 0;
  let pause = LOOK_MS.first;
  for (let looked = performance.now(); ; ) {
    let failure: unknown;
    try {
      const found = await check();
      if (found !== false) return found as Exclude<R, false>;
    } catch (error) {
      failure = error;
    }
    const state = `${failure === undefined ? '' : String(failure)} ${await stateOf(progress)}`;
    const now = performance.now();
    still = state === before ? still + Math.min(now - looked, LONGEST_LOOK_MS) : 0;
    if (still > STILL_MS)
      throw new Error(`nothing moves while this waits for ${what}: ${state}`, { cause: failure });
    before = state;
    looked = now;
    await sleep(pause);
    pause = Math.min(pause * LOOK_MS.growth, LOOK_MS.last);
  }
}

/** A progress that cannot be read says nothing. */
async function stateOf(progress: (() => unknown) | undefined): Promise<string> {
  try {
    return JSON.stringify(await progress?.()) ?? '';
  } catch (error) {
    return String(error);
  }
}
