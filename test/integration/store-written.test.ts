/**
 * Whatever text a chain holds comes back from the database as it was written, by COPY and by array literals.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bulk } from '../../src/store/bulk.js';
import { copyNew, createCopyTime } from '../../src/store/copy.js';
import { createDatabase, type Database, inTransaction } from '../../src/store/database.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

let test_: TestDatabase;
let db: Database;

beforeAll(async () => {
  test_ = await createTestDatabase({ empty: true });
  db = createDatabase({ url: test_.url, poolSize: 2 });
  await db.pool.query(
    'CREATE TABLE written (key int PRIMARY KEY, text text, big numeric, at timestamp(3), json jsonb)',
  );
});

afterAll(async () => {
  await db.close();
  await test_.drop();
});

const TEXTS = [
  '',
  'plain',
  'NULL',
  'null',
  '\\N',
  '\\.',
  'tab\there',
  'line\nfeed',
  'return\rhere',
  'back\\slash',
  '"quoted"',
  '{a,b}',
  ' spaces ',
  'ünïcode 🎵',
  "it's",
  '\\\\"',
];
const rows = TEXTS.map((text, key) => ({
  key,
  text,
  big: 10n ** 70n + BigInt(key),
  json: JSON.stringify({ text }),
}));

const read = async () =>
  (
    await db.pool.query(
      `SELECT key, text, big::text, json->>'text' AS inner, extract(epoch FROM at)::float8 AS at FROM written ORDER BY key`,
    )
  ).rows;
const expected = rows.map(({ key, text, big }) => ({
  key,
  text,
  big: big.toString(),
  inner: text,
  at: 1_760_000_000,
}));

test('COPY', async () => {
  const time = createCopyTime();
  const columns = {
    key: (row: (typeof rows)[number]) => row.key,
    text: (row: (typeof rows)[number]) => row.text,
    big: (row: (typeof rows)[number]) => row.big,
    at: () => time(1_760_000_000),
    json: (row: (typeof rows)[number]) => row.json,
  };
  await db.pool.query('TRUNCATE written');
  await inTransaction(db.pool, (client) => copyNew(client, 'written', columns, rows));
  expect(await read()).toEqual(expected);
  const again = await db.pool.connect();
  try {
    await again.query('BEGIN');
    await expect(copyNew(again, 'written', columns, rows)).rejects.toThrow(
      expect.objectContaining({ code: '23505' }),
    );
    await again.query('ROLLBACK');
    expect((await again.query('SELECT count(*)::int AS n FROM written')).rows).toEqual([{ n: rows.length }]);
  } finally {
    again.release();
  }
});

test('array literals, absent values too', async () => {
  await db.pool.query('TRUNCATE written');
  const input = bulk(rows, {
    key: ['int', (row) => row.key],
    text: ['text', (row) => row.text],
    big: ['numeric', (row) => row.big],
    json: ['jsonb', (row) => row.json],
  });
  await db.pool.query(
    `INSERT INTO written (key, text, big, json, at) SELECT key, text, big, json, to_timestamp(1760000000) AT TIME ZONE 'UTC' FROM ${input.from}`,
    [...input.values],
  );
  expect(await read()).toEqual(expected);
  const absent = bulk([null, undefined, 'NULL'], { text: ['text', (value) => value] });
  const { rows: back } = await db.pool.query(`SELECT text FROM ${absent.from}`, [...absent.values]);
  expect(back).toEqual([{ text: null }, { text: null }, { text: 'NULL' }]);
});

test('promise 1: a key that has come meanwhile runs the transaction again, and it sees it', async () => {
  await db.pool.query('TRUNCATE written');
  let attempts = 0;
  const found = await inTransaction(db.pool, async (client) => {
    attempts += 1;
    const { rowCount } = await client.query('SELECT 1 FROM written WHERE key = 1');
    if (rowCount === 1) return 'seen';
    await db.pool.query('INSERT INTO written (key) VALUES (1)');
    await client.query('INSERT INTO written (key) VALUES (1)');
    return 'written';
  });
  expect([found, attempts]).toEqual(['seen', 2]);
});
