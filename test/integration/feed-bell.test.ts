/** Readers of the feed are woken by PostgreSQL's notifications, and look by the clock where none come. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { appendChange } from '../../src/feed/append.js';
import { type Bell, createBell } from '../../src/feed/bell.js';
import { number } from '../../src/feed/number.js';
import { createDatabase, type Database } from '../../src/store/database.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { silentLog } from '../support/silent-log.js';

const NEVER = 86_400_000;
let own: TestDatabase;
let db: Database;
let end: AbortController;

beforeAll(async () => {
  own = await createTestDatabase();
  db = createDatabase({ url: own.url, poolSize: 4 });
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
  await eventually(async () => expect((await number(db.pool)).left).toBe('none'));
}

test('new numbers wake the reader, also after the connection that listens was cut', async () => {
  const bell = createBell({ pool: db.pool, log: silentLog, often: NEVER, seldom: NEVER });
  const woken = count(bell);
  // Once it listens: something may have been numbered before.
  await eventually(() => expect(woken()).toBe(1));
  await change();
  await eventually(() => expect(woken()).toBe(2));
  await db.pool.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'`,
  );
  await eventually(() => expect(woken()).toBe(3));
  await change();
  await eventually(() => expect(woken()).toBe(4));
  await bell.stop();
});
