/**
 * Announcements of late discoveries, on a real database: each keeps its own number, whichever answer comes
 * first.
 */
import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDiscoveries } from '../../src/discovery/discoveries.js';
import { createPool } from '../../src/store/database.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

let database: TestDatabase;
let pool: pg.Pool;

beforeAll(async () => {
  database = await createTestDatabase();
  pool = createPool({ url: database.url });
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

/** The pool, but the answer to the first COMMIT reaches its caller only when `release` is called. */
function slowFirstCommit(): { readonly pool: pg.Pool; readonly committed: Promise<void>; release(): void } {
  let [noteCommit, release] = [() => {}, () => {}];
  const committed = new Promise<void>((done) => {
    noteCommit = done;
  });
  const released = new Promise<void>((done) => {
    release = done;
  });
  let first = true;
  const connect = async () => {
    const client = await pool.connect();
    if (!first) return client;
    first = false;
    const query = async (text: string, values: unknown[] = []) => {
      const result = await client.query(text, values);
      if (text === 'COMMIT') {
        noteCommit();
        await released;
      }
      return result;
    };
    return withMethod(client, 'query', query);
  };
  return { pool: withMethod(pool, 'connect', connect), committed, release };
}

/** The object with one method in another's place. */
function withMethod<T extends object>(object: T, name: keyof T, method: unknown): T {
  return new Proxy(object, {
    get: (target, key) => {
      const value = key === name ? method : Reflect.get(target, key);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

test('promise 3: what one loop of a process announces is not stamped with what the other announced meanwhile', async () => {
  const slow = slowFirstCommit();
  const reader = {
    chain: 'solana' as const,
    discovers: true,
    discoveriesIn: 'ledger' as const,
    follow: () => {},
  };
  const discoveries = await openDiscoveries(reader, slow);
  const live = discoveries.announce(new Map([['discovered-at-the-tip', 100]]), 100);
  await slow.committed;
  const backfill = await discoveries.announce(new Map([['discovered-late', 50]]), 60);
  slow.release();
  expect([await live, backfill]).toEqual([1, 2]);
  // What live had read before it knew `discovered-late` is refused; what it reads from now on is not.
  expect(discoveries.knowledge()).toBe(2);
});
