/**
 * What every projection says of its tables (src/projections/projection.ts), held against the catalogue and
 * against what it writes, on real PostgreSQL. A projection that is added is tested here by its line in the
 * registry.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PROJECTIONS } from '../../src/projections/registry.js';
import type { RowDifference } from '../../src/projections/row-difference.js';
import { reconcile } from '../../src/reconcile/reconcile.js';
import { createDatabase, type Database, inTransaction } from '../../src/store/database.js';
import { readLedger } from '../../src/store/ledger/ledger.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { allTables, changesOf, dump, RECONCILED } from '../support/dump.js';
import { BLOCKS, CONTEXT, history } from '../support/events.js';

const TABLES = PROJECTIONS.flatMap((projection) =>
  projection.tables.map((table) => ({ name: table.name, projection, table })),
);
const WRITTEN = TABLES.flatMap(({ projection, table }) =>
  table.writes.map((written) => ({ name: written.name, projection, table, written })),
);
/** Fixed, and with every kind of event. */
const [STORY = []] = fc.sample(
  history.filter((all) => {
    const events = all.filter((item) => item.outcome === 'ok').flatMap((item) => item.events);
    return new Set(events.map((event) => event.kind)).size === 9;
  }),
  { numRuns: 1, seed: 7 },
);

let test_: TestDatabase;
let db: Database;
/** Tables that hold rows before anything is reconciled: migrations write some. */
let filledBefore: readonly string[];

beforeAll(async () => {
  test_ = await createTestDatabase();
  db = createDatabase({ url: test_.url, poolSize: 2 });
  filledBefore = await filledTables();
  const batch = { chain: 'solana', fingerprint: 'f', finality: 'finalized', scope: 'blocks' } as const;
  const transactions = STORY.map((item, at) =>
    at === 0 ? { ...item, aliases: ['another name', 'and another'] } : item,
  );
  await reconcile(db, { ...batch, fromBlock: 1, toBlock: BLOCKS, transactions, source: 'test' }, CONTEXT, {
    job: 'test',
  });
});

afterAll(async () => {
  await db.close();
  await test_.drop();
});

async function filledTables(): Promise<string[]> {
  const filled: string[] = [];
  for (const name of await allTables(db.pool)) {
    const { rowCount } = await db.pool.query(`SELECT 1 FROM "${name}" LIMIT 1`);
    if (rowCount === 1) filled.push(name);
  }
  return filled;
}

async function columnsOf(table: string): Promise<{ name: string; byDefault: string | null }[]> {
  const { rows } = await db.pool.query<{ name: string; byDefault: string | null }>(
    `SELECT column_name AS name, column_default AS "byDefault" FROM information_schema.columns
      WHERE table_schema = 'public' AND table_name = $1`,
    [table],
  );
  return rows;
}

describe.each(WRITTEN)('$projection.name: $name', ({ name, table, written }) => {
  const compared = (column: string): boolean => {
    const as = name === table.name ? column : `${name}.${column}`;
    return table.key.includes(as) || table.columns.includes(as);
  };

  test('promise 9: verify compares every column but those that are declared as omitted', async () => {
    const columns = (await columnsOf(name)).map((column) => column.name);
    expect(columns.filter((column) => !compared(column)).sort()).toEqual(Object.keys(written.omitted).sort());
  });

  test('columns that only the platform writes keep their defaults', async () => {
    for (const { name: column, byDefault } of await columnsOf(name)) {
      if (written.omitted[column] !== 'platform') continue;
      const { rows } = await db.pool.query<{ n: number }>(
        `SELECT count(*)::int AS n FROM "${name}" WHERE "${column}" IS DISTINCT FROM (${byDefault ?? 'NULL'})`,
      );
      expect({ column, written: rows[0]?.n }).toEqual({ column, written: 0 });
    }
  });
});

describe.each(TABLES)('$projection.name: $name', ({ table }) => {
  test('the story makes rows, and the key names each of them', async () => {
    const keys = table.key.map((column) => `"${column}"`).join(', ');
    const { rows } = await db.pool.query<{ all: number; named: number }>(
      `SELECT count(*)::int AS all, count(DISTINCT (${keys}))::int AS named FROM (${table.rows('public')}) r`,
      ['solana'],
    );
    expect(rows[0]?.all).toBeGreaterThan(0);
    expect(rows[0]?.named).toBe(rows[0]?.all);
  });

  test('what tells an orphan is a column that is compared', () => {
    expect([...table.key, ...table.columns]).toEqual(expect.arrayContaining([...table.telling]));
  });
});

test('every table that reconcile writes is its own or stands in one projection, once', async () => {
  expect(new Set(RECONCILED).size).toBe(RECONCILED.length);
  const filled = (await filledTables()).filter((name) => !filledBefore.includes(name));
  expect(filled.filter((name) => !RECONCILED.includes(name))).toEqual(['coverage_range', 'feed_pending']);
});

/** Every row as if verify had found it to differ. */
async function allDifferences(): Promise<RowDifference[]> {
  const found: RowDifference[] = [];
  for (const { table } of TABLES) {
    const columns = [...table.key, ...table.columns];
    const texts = columns.map((column, at) => `"${column}"::text AS c${at}`).join(', ');
    const { rows } = await db.pool.query<Record<string, string | null>>(
      `SELECT ${texts} FROM (${table.rows('public')}) r`,
      ['solana'],
    );
    for (const row of rows) {
      const entries = columns.map((column, at) => [column, row[`c${at}`] ?? null] as const);
      const values = Object.fromEntries(entries);
      const key = Object.fromEntries(entries.slice(0, table.key.length));
      found.push({ table: table.name, key, problem: 'different', there: values, expected: values });
    }
  }
  return found;
}

test('promise 9: a repair of rows that are right leaves every table byte-equal, orphans that have events too', async () => {
  const every = await allTables(db.pool);
  const before = await dump(db.pool, every);
  const differences = await allDifferences();
  const orphans = differences
    .filter(({ table }) => table !== 'Transaction')
    .map((difference) => ({ ...difference, problem: 'orphan' as const, expected: null }));
  for (const damage of [differences, orphans]) {
    await inTransaction(db.pool, async (client) => {
      const ours = (projection: (typeof PROJECTIONS)[number]) =>
        damage.filter(({ table }) => projection.tables.some(({ name }) => name === table));
      const of = (projection: (typeof PROJECTIONS)[number]) =>
        ({ chain: 'solana', differences: ours(projection), context: CONTEXT }) as const;
      for (const projection of PROJECTIONS) await projection.restore(client, of(projection));
      for (const projection of PROJECTIONS.toReversed()) await projection.remove(client, of(projection));
    });
    expect(changesOf(before, await dump(db.pool, every))).toEqual([]);
  }
});

describe.each([...PROJECTIONS])('$name', (projection) => {
  test('explains rows of its own tables, named by a column that they have', async () => {
    const names = projection.tables.map((table) => table.name);
    for (const { transactionHash } of STORY) {
      const rows = await readLedger(db.pool, 'l.transaction_hash = $1', [transactionHash]);
      for (const part of await projection.explain(db.pool, { chain: 'solana', transactionHash, rows })) {
        expect(names).toContain(part.table);
        for (const row of part.rows) if (part.named) expect(typeof row[part.named]).toBe('string');
      }
    }
  });
});
