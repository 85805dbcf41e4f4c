/** What holds the feed's numbering back, when a new epoch begins, and what retention leaves. */
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { appendChange } from '../../src/feed/append.js';
import type { FeedEntry, FeedId } from '../../src/feed/change.js';
import { readLag } from '../../src/feed/lag.js';
import { createNumbering, number } from '../../src/feed/number.js';
import { readBeginning, readEnd, readFeed } from '../../src/feed/read.js';
import { retain } from '../../src/feed/retain.js';
import { startSequencer } from '../../src/feed/sequencer.js';
import { createPool } from '../../src/store/database.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { silentLog } from '../support/silent-log.js';

let own: TestDatabase;
let pool: pg.Pool;

beforeAll(async () => {
  own = await createTestDatabase();
  pool = createPool({ url: own.url, poolSize: 8 });
});

afterAll(async () => {
  await pool.end();
  await own.drop();
});

beforeEach(() => pool.query('TRUNCATE feed_pending, feed_change, feed_state, leader_lease'));

const append = (key: string, client: Pick<pg.PoolClient, 'query'> = pool) =>
  appendChange(client, { lane: 'live', records: [{ subject: 'x', kind: 'changed', key }] });

const numbered = (of: pg.Pool = pool) => eventually(async () => expect((await number(of)).left).toBe('none'));

const keys = (entries: readonly FeedEntry[]) =>
  entries.map((entry) => (entry.subject === 'record' ? entry.record.key : entry.subject));

const after = async (id: FeedId, of: pg.Pool = pool) => {
  const page = await readFeed(of, { after: id, limit: 100 });
  return page.reset ?? keys(page.entries);
};

/** A transaction of somebody else that has an id and stays open. */
async function stranger(): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: own.url, application_name: 'stranger' });
  await client.connect();
  await client.query('BEGIN');
  await client.query('SELECT pg_current_xact_id()');
  return client;
}

test('a transaction that stays open holds the numbering back, and is named with process, role and age', async () => {
  await numbered();
  const start = await readEnd(pool);
  const open = await stranger();
  try {
    await append('a');
    expect(await number(pool)).toMatchObject({ numbered: 0, left: 'held' });
    expect(await after(start)).toEqual([]);
    const { rows } = await open.query<{ pid: number; role: string }>(
      'SELECT pg_backend_pid() AS pid, current_user AS role',
    );
    // Other tests share the server: an older transaction of theirs comes first for as long as it runs.
    await eventually(async () =>
      expect((await readLag(pool)).blocker).toMatchObject({
        ...rows[0],
        application: 'stranger',
        state: 'idle in transaction',
      }),
    );
    const { seconds, blocker } = await readLag(pool);
    expect(seconds).toBeGreaterThan(0);
    expect(blocker?.seconds).toBeGreaterThan(0);
    await open.query('ROLLBACK');
    await numbered();
    expect(await after(start)).toEqual(['a']);
    expect(await readLag(pool)).toEqual({ seconds: 0, blocker: null });
  } finally {
    await open.end();
  }
});

test('a transaction is numbered after the one that it wrote upon, though it began before and may be numbered before', async () => {
  await numbered();
  const start = await readEnd(pool);
  const first = await pool.connect();
  await first.query('BEGIN');
  await first.query('SELECT pg_current_xact_id()');
  const open = await stranger();
  try {
    await append('written before');
    await append('written upon it', first);
    await first.query('COMMIT');
    // `first` is older than every open transaction, and what it was written upon is not.
    expect(await number(pool)).toMatchObject({ numbered: 0, left: 'held' });
    await open.query('ROLLBACK');
    await numbered();
    expect(await after(start)).toEqual(['written before', 'written upon it']);
  } finally {
    first.release();
    await open.end();
  }
});

test('ids that are done for are not looked at again, and none is passed over', async () => {
  const step = createNumbering(pool, 3);
  const start = await eventually(async () => {
    expect((await step()).left).toBe('none');
    return readEnd(pool);
  });
  const late = await pool.connect();
  const wanted: string[] = [];
  for (let round = 0; round < 700; round++) {
    if (round % 40 === 0) {
      await append(`${round}`);
      wanted.push(`${round}`);
    }
    if (round === 150) {
      await late.query('BEGIN');
      await append('late', late);
    }
    if (round === 450) {
      await late.query('COMMIT');
      wanted.push('late');
    }
    await step();
  }
  late.release();
  await eventually(async () => expect((await step()).left).toBe('none'));
  const seen = await after(start);
  expect([...seen].sort()).toEqual(wanted.sort());
});

/** The database as a copy of another server would be: with the same rows. */
async function copyOf(source: TestDatabase): Promise<TestDatabase> {
  const url = new URL(source.url);
  const name = `${url.pathname.slice(1)}_copy`;
  const target = new URL(source.url);
  target.pathname = `/${name}`;
  const admin = new URL(source.url);
  admin.pathname = '/postgres';
  const run = async (sql: string) => {
    const client = new pg.Client({ connectionString: admin.href });
    await client.connect();
    await client.query(sql).finally(() => client.end());
  };
  await run(`CREATE DATABASE ${name} TEMPLATE ${url.pathname.slice(1)}`);
  return { url: target.href, drop: () => run(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) };
}

test('a copy of the database begins a new epoch: followers begin anew, and rows without a number get one', async () => {
  const source = await createTestDatabase();
  const before = createPool({ url: source.url, poolSize: 2 });
  await append('numbered', before);
  await numbered(before);
  await append('not yet', before);
  const old = await readEnd(before);
  await before.end();
  const copy = await copyOf(source);
  const moved = createPool({ url: copy.url, poolSize: 2 });
  try {
    await numbered(moved);
    const end = await readEnd(moved);
    expect(end.epoch).toBeGreaterThan(old.epoch);
    expect(await after(old, moved)).toBe('epoch');
    expect(await after({ ...old, epoch: end.epoch }, moved)).toEqual(['not yet']);
  } finally {
    await moved.end();
    await copy.drop();
    await source.drop();
  }
});

test('rows that came from a dump begin a new epoch, whatever transaction ids they bring', async () => {
  await append('numbered');
  await numbered();
  const old = await readEnd(pool);
  await append('not yet');
  // As a restored dump: every row written by another transaction, with ids of a server that was far ahead.
  await pool.query('UPDATE feed_state SET last = last');
  await pool.query('UPDATE feed_pending SET xid = xid + 1000000000');
  await numbered();
  const end = await readEnd(pool);
  expect(end.epoch).toBeGreaterThan(old.epoch);
  expect(await after(old)).toBe('epoch');
  expect(await after({ ...old, epoch: end.epoch })).toEqual(['not yet']);
  expect(await after({ ...end, seq: end.seq + 1 })).toBe('ahead');
});

test('retention deletes what is older, in batches, and tells a reader that it has missed it', async () => {
  for (const key of ['a', 'b', 'c', 'd', 'e']) await append(key);
  await numbered();
  const start = await readBeginning(pool);
  expect(await retain(pool, 3_600_000)).toBe(0);
  await pool.query(`UPDATE feed_change SET numbered_at = numbered_at - interval '2 hours' WHERE seq < 5`);
  expect(await retain(pool, 3_600_000, 3)).toBe(3);
  expect(await retain(pool, 3_600_000, 3)).toBe(1);
  expect(await after(start)).toBe('retention');
  expect(await after(await readBeginning(pool))).toEqual(['e']);
  await pool.query(`UPDATE feed_change SET numbered_at = numbered_at - interval '2 hours'`);
  // The newest stays: who has read it has missed nothing.
  expect(await retain(pool, 3_600_000)).toBe(0);
});

test('one of two sequencers numbers, and the other goes on when it ends', async () => {
  const steps: string[] = [];
  const start = (holder: string) =>
    startSequencer({
      db: { pool },
      holder,
      log: silentLog,
      keep: 3_600_000,
      term: 3_000,
      onStep: ({ numbered }) => void (numbered > 0 && steps.push(holder)),
    });
  await numbered();
  const begin = await readEnd(pool);
  const one = start('one');
  await append('a');
  await eventually(async () => expect(await after(begin)).toEqual(['a']));
  const two = start('two');
  await append('b');
  one.wake();
  await eventually(async () => expect(await after(begin)).toEqual(['a', 'b']));
  await one.stop();
  await append('c');
  await eventually(async () => expect(await after(begin)).toEqual(['a', 'b', 'c']));
  await two.stop();
  expect(steps).toEqual(['one', 'one', 'two']);
});
