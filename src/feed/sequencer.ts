/**
 * The sequencer as a part of a worker process: numbers the feed for as long as it leads (the lease `feed`),
 * tells it what the platform wrote, deletes what is too old, and says what holds the numbering back. Workers
 * that do not lead stand by.
 */
import type { Pool } from 'pg';
import type { Log } from '../runtime/log.js';
import { createWakeup, pause, repeat } from '../runtime/pause.js';
import { seldom } from '../runtime/seldom.js';
import { lead } from '../store/lease/lead.js';
import { type FeedLag, readLag } from './lag.js';
import { sweepMarks } from './marks.js';
import { createNumbering, type Numbered } from './number.js';
import { retain } from './retain.js';

export interface SequencerDeps {
  readonly db: { readonly pool: Pool };
  /** Name of this process for people to read: host and process. */
  readonly holder: string;
  readonly log: Log;
  /** Milliseconds that the feed is kept. */
  readonly keep: number;
  /** Called after every step. */
  readonly onStep?: (step: Numbered) => void;
  /** Called every few seconds; with zeros when this process leads no more. */
  readonly onLag?: (lag: FeedLag) => void;
  /** Milliseconds for which the lease holds; default as of every lease. */
  readonly term?: number;
}

export interface Sequencer {
  /** Something was committed: look now. */
  wake(): void;
  stop(): Promise<void>;
}

/** Milliseconds between two looks when nobody wakes it: other processes' commits wait this long. */
const LOOK_EVERY = 50;
const LAG_EVERY = 5_000;
const RETAIN_EVERY = 60_000;
/** Longest that a write of the platform waits to be told: writes of one row in this time are one entry. */
const MARKS_EVERY = 1_000;
/** Seconds that a row may wait for its number before the log tells of it. */
const HELD_LONG = 10;

/** Starts at once, and gives numbers while it holds the lease. */
export function startSequencer(deps: SequencerDeps): Sequencer {
  const { db, holder, log, term } = deps;
  const end = new AbortController();
  const wakeup = createWakeup();
  const how = { log: seldom(log), longest: 5_000 };
  const work = (_lease: unknown, signal: AbortSignal) =>
    Promise.all([
      repeat(numberAll(deps, wakeup), { ...how, signal, failed: 'the feed cannot be numbered' }),
      repeat(watch(deps), { ...how, signal, failed: 'what holds the feed back cannot be read' }),
      repeat(sweep(deps), { ...how, signal, failed: 'the feed cannot be pruned' }),
      repeat(tellMarks(deps), { ...how, signal, failed: 'writes of the platform cannot be told' }),
    ]).then(() => deps.onLag?.({ seconds: 0, blocker: null }));
  const leading = lead(
    { db, name: 'feed', holder, log, ...(term === undefined ? {} : { term }) },
    work,
    end.signal,
  );
  return {
    wake: wakeup.wake,
    stop: async () => {
      end.abort();
      await leading;
    },
  };
}

function numberAll({ db, onStep }: SequencerDeps, wakeup: ReturnType<typeof createWakeup>) {
  const step = createNumbering(db.pool);
  return async (signal: AbortSignal): Promise<void> => {
    const result = await step();
    onStep?.(result);
    if (result.left !== 'due') await wakeup.wait(LOOK_EVERY, signal);
  };
}

function watch({ db, log, onLag }: SequencerDeps) {
  const told = seldom(log);
  return async (signal: AbortSignal): Promise<void> => {
    const lag = await readLag(db.pool);
    onLag?.(lag);
    if (lag.seconds > HELD_LONG)
      told.warn(
        { waitingSeconds: Math.round(lag.seconds), blocker: lag.blocker },
        'a transaction that stays open holds the numbering of the feed back: nothing newer is told to anybody',
      );
    await pause(LAG_EVERY, signal);
  };
}

function tellMarks({ db }: SequencerDeps) {
  return async (signal: AbortSignal): Promise<void> => {
    if ((await sweepMarks(db.pool)) === 0) await pause(MARKS_EVERY, signal);
  };
}

function sweep({ db, keep }: SequencerDeps) {
  return async (signal: AbortSignal): Promise<void> => {
    const deleted = await retain(db.pool, keep);
    if (deleted === 0) await pause(RETAIN_EVERY, signal);
  };
}
