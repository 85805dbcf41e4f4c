import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { silentLog as log } from '../../test/support/silent-log.js';
import { createBell } from './bell.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A connection that rings when it is told to. */
function fakePool() {
  const client = Object.assign(new EventEmitter(), {
    query: async () => undefined,
    release: () => undefined,
  });
  return { client, pool: { connect: async () => client } as never };
}

/** How often a reader that waits at the bell has been woken. */
function reader(bell: ReturnType<typeof createBell>) {
  const seen = { woken: 0 };
  const end = new AbortController();
  const loop = async () => {
    for (;;) {
      await bell.wait(end.signal);
      seen.woken += 1;
    }
  };
  void loop().catch(() => undefined);
  return seen;
}

test('it looks seldom while notifications announce what is found, and often after one that was missed', async () => {
  const { client, pool } = fakePool();
  const bell = createBell({ pool, log, often: 50, seldom: 1_000 });
  const seen = reader(bell);
  const wokenIn = async (milliseconds: number) => {
    const before = seen.woken;
    await vi.advanceTimersByTimeAsync(milliseconds);
    return seen.woken - before;
  };
  await vi.advanceTimersByTimeAsync(1);
  expect(await wokenIn(1_000)).toBeGreaterThanOrEqual(19);
  client.emit('notification');
  bell.found();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(await wokenIn(5_000)).toBe(5);
  bell.found();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(await wokenIn(1_000)).toBe(20);
  await bell.stop();
});

test('where nobody can listen it looks often', async () => {
  const refused = Object.assign(new Error('cannot execute LISTEN during recovery'), { code: '25006' });
  for (const connect of [
    async () => Promise.reject(new Error('none')),
    async () => Promise.reject(refused),
  ]) {
    const bell = createBell({ pool: { connect } as never, log, often: 50 });
    const seen = reader(bell);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(seen.woken).toBe(20);
    await bell.stop();
  }
});
