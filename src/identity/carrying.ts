/**
 * Carries links through for as long as the process runs: part of every `ndx work`. Whichever process comes
 * first takes the next step; the others find nothing to do, or a step being taken, and look again.
 */

import type { Log } from '../runtime/log.js';
import { pause, repeat } from '../runtime/pause.js';
import { seldom } from '../runtime/seldom.js';
import type { Database } from '../store/database.js';
import { createSteps } from './steps.js';
import { sweepLinks } from './sweep.js';

export interface CarryingDeps {
  readonly db: Pick<Database, 'pool'>;
  readonly log: Log;
  /** Milliseconds between two looks when there is nothing to do; default 500. */
  readonly every?: number;
  /** Milliseconds between two sweeps; default one hour. The first one is at the start. */
  readonly sweepEvery?: number;
}

const LONGEST_WAIT = 30_000;

/** @returns stops it, and resolves when the step under way has ended */
export function startCarrying({ db, log, ...options }: CarryingDeps): () => Promise<void> {
  const { every = 500, sweepEvery = 3_600_000 } = options;
  const stop = new AbortController();
  const { signal } = stop;
  const steps = createSteps(db);

  let swept = Number.NEGATIVE_INFINITY;
  const round = async (): Promise<void> => {
    if (performance.now() - swept > sweepEvery) {
      const noted = await sweepLinks(db.pool, signal);
      if (noted > 0)
        log.warn({ links: noted }, 'links of users that no trigger had told of: carried through');
      swept = performance.now();
    }
    const began = performance.now();
    const step = await steps.take();
    // As long as the step took: batches of the chains get their turn at the rows and the disk.
    await pause(step === 'worked' ? Math.min(every, performance.now() - began) : every, signal);
  };
  const running = repeat(round, {
    signal,
    log: seldom(log),
    failed: 'a step of carrying links through failed: it is taken again',
    longest: LONGEST_WAIT,
  });
  return async () => {
    stop.abort(new Error('carrying links through was stopped'));
    await running;
  };
}
