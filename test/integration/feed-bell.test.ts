/** Readers of the feed are woken by PostgreSQL's notifications, and look by the clock where none come. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { appendChange } from '../../src/feed/append.js';
import { type Bell, createBell } from '../../src/feed/bell.js';
import { startSequencer } from '../../src/feed/sequencer.js';
import { createFilter } from '../../src/feed/told/filter.js';
import { createHub } from '../../src/push/stream/hub.js';
import { createStream } from '../../src/push/stream/stream.js';
import { createDatabase, type Database } from '../../src/store/database.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { numbered } from '../support/feed-story.js';
import { silentLog } from '../support/silent-log.js';

const NEVER = 86_400_000;
let own: TestDatabase;
let db: Database;
let end: AbortController;

beforeAll(async () => {
  own = await createTestDatabase();
  db = createDatabase({ url: own.url, poolSize: 8 });
  end = new AbortController();
});
afterAll(async () => {
  end.abort();
  await db.close();
  await own.drop();
});

/** Counts how often somebody who waits at the bell is woken. */
function count(bell: Bell): () => number {
  let woken = 0;
  void (async () => {
    for (;;) {
      await bell.wait(end.signal);
      woken += 1;
    }
  })().catch(() => undefined);
  return () => woken;
}

async function change(): Promise<void> {
  await appendChange(db.pool, { lane: 'live', records: [{ subject: 'x', kind: 'changed', key: '1' }] });
  await numbered(db.pool);
}

test('new numbers wake the reader, also after the connection that listens was cut', async () => {
  const bell = createBell({ pool: db.pool, log: silentLog, often: NEVER, seldom: NEVER });
  try {
    const woken = count(bell);
    const wakes = async (act: () => Promise<unknown>) => {
      const before = woken();
      await act();
      await eventually(() => expect(woken()).toBeGreaterThan(before));
    };
    // Once it listens: something may have been numbered before.
    await eventually(() => expect(woken()).toBeGreaterThan(0));
    await wakes(change);
    await wakes(() =>
      db.pool.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'`,
      ),
    );
    await wakes(change);
  } finally {
    await bell.stop();
  }
});

test('a change is with the reader soon after its commit (figures)', async () => {
  const rounds = Number(process.env.NDX_TEST_DELAYS ?? 20);
  const sequencer = startSequencer({ db, holder: 'test', log: silentLog, keep: NEVER });
  for (const [name, pool] of [
    ['woken', db.pool],
    ['by the clock', null],
  ] as const) {
    const bell = createBell({ pool, log: silentLog, often: 50 });
    const came = new Map<string, number>();
    const hub = createHub({ db, bell, log: silentLog });
    const stream = createStream({ hub, db }).open({
      after: null,
      filter: createFilter({}),
      signal: end.signal,
    });
    const reading = (async () => {
      for await (const message of stream)
        if ('entry' in message && message.entry.subject === 'record')
          came.set(message.entry.record.key, performance.now());
    })();
    await eventually(() => expect(hub.position()).not.toBeNull());
    const delays: number[] = [];
    for (let at = 0; at < rounds; at++) {
      const key = `${name} ${at}`;
      await appendChange(db.pool, { lane: 'live', records: [{ subject: 'x', kind: 'changed', key }] });
      const committed = performance.now();
      // As the worker does after each of its commits.
      sequencer.wake();
      await eventually(() => expect(came.has(key)).toBe(true));
      delays.push((came.get(key) ?? 0) - committed);
    }
    delays.sort((a, b) => a - b);
    const [half, most] = [0.5, 0.99]
      .map((share) => delays[Math.floor(share * rounds)])
      .map((delay) => delay?.toFixed(0));
    process.stdout.write(`from commit to reader, ${name}: p50 ${half} ms, p99 ${most} ms\n`);
    await hub.stop();
    await bell.stop();
    void reading;
  }
  await sequencer.stop();
});
