/** Each watchdog bites when its part stands still, and only then; by a clock of the test's own. */
import { describe, expect, test } from 'vitest';
import { silentLog } from '../../../test/support/silent-log.js';
import type { ListenerState } from '../../listener/state.js';
import { createWatchdog, type Watched } from './watchdog.js';
import { createJobsInHand, watchHead, watchJobs, watchQueue } from './watched-parts.js';

function setUp(make: (restart: Watched['restart']) => Watched) {
  let time = 0;
  const restarts: string[] = [];
  const bites: string[] = [];
  const watchdog = createWatchdog({
    watched: [make((reason) => restarts.push(reason))],
    log: silentLog,
    onBite: (name) => bites.push(name),
    every: 1_000_000,
    now: () => time,
  });
  return {
    watchdog,
    restarts,
    bites,
    pass: async (milliseconds: number) => {
      time += milliseconds;
      await watchdog.look();
    },
  };
}

const state = (head: number | null, held = false) => ({ head, held }) as ListenerState;

describe('watchdogs', () => {
  test('a head that does not move: not ready with the reason, counted, started again, and again', async () => {
    let now: ListenerState | undefined = state(5);
    const { watchdog, restarts, bites, pass } = setUp((restart) => watchHead(() => now, restart, 100));
    await pass(0);
    await pass(99);
    expect([restarts, watchdog.reasons()]).toEqual([[], []]);
    await pass(1);
    expect(restarts).toEqual(["the chain's head does not move for 0 s"]);
    expect(bites).toEqual(['head']);
    expect(watchdog.reasons()).toEqual(["head: the chain's head does not move"]);
    await pass(100);
    expect(restarts.length).toBe(2);
    now = state(6);
    await pass(50);
    expect(watchdog.reasons()).toEqual([]);
    // A standby, or one that waits for the queue, is not stuck.
    for (now of [undefined, state(6, true)]) {
      await pass(50);
      await pass(200);
      expect(restarts.length).toBe(2);
    }
  });

  test('an endpoint that never tells a head is stuck, too', async () => {
    const { restarts, pass } = setUp((restart) => watchHead(() => state(null), restart, 100));
    await pass(0);
    await pass(100);
    expect(restarts.length).toBe(1);
  });

  test('a job that is held too long, although others come and go', async () => {
    const jobs = createJobsInHand();
    const { restarts, pass } = setUp((restart) => watchJobs(jobs, restart, 20));
    await pass(0);
    await pass(1000);
    expect(restarts).toEqual([]);
    let release = () => {};
    const held = jobs.hold('a', () => new Promise<void>((done) => (release = done)));
    await pass(0);
    await jobs.hold('b', async () => undefined);
    await pass(99);
    expect(restarts).toEqual([]);
    await pass(1);
    expect(restarts).toEqual(['a job is held and not finished for 0 s']);
    release();
    await held;
    await pass(1000);
    expect(restarts.length).toBe(1);
  });

  test('a queue that grows and in which none is completed, however many fail', async () => {
    const counts = { waiting: 0, active: 0, delayed: 0, failed: 0, completed: 0 };
    const { watchdog, restarts, bites, pass } = setUp((restart) =>
      watchQueue('ton', { counts: async () => ({ ...counts }) }, restart, 50),
    );
    await pass(1000);
    await pass(1000);
    counts.waiting = 3;
    await pass(0);
    counts.waiting = 9;
    counts.completed = 1;
    await pass(100);
    Object.assign(counts, { waiting: 0, delayed: 20, failed: 1 });
    await pass(99);
    expect(restarts).toEqual([]);
    await pass(1);
    expect([restarts, bites]).toEqual([['jobs wait and none is completed for 0 s'], ['queue ton']]);
    expect(watchdog.reasons()).toEqual(['queue ton: jobs wait and none is completed']);
    counts.completed = 2;
    await pass(1);
    expect(watchdog.reasons()).toEqual([]);
  });

  test('a part that cannot be looked at is not judged, and does not keep the others from it', async () => {
    const { restarts, pass } = setUp((restart) => ({
      name: 'x',
      after: 10,
      reason: 'x',
      restart,
      look: () => Promise.reject(new Error('away')),
    }));
    await pass(0);
    await pass(1000);
    await pass(1000);
    expect(restarts).toEqual([]);
  });
});
