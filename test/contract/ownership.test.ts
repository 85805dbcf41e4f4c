/**
 * Every column of the platform's twelve models has one writer, and the other's role is refused; with these
 * rights the indexer does all of its work, and an application links as it likes.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { COLUMN_OWNERS, mayWrite, RULES, rightsOf } from '../../src/identity/column-owners.js';
import { unfinished } from '../../src/identity/queries.js';
import { createSteps } from '../../src/identity/steps.js';
import { reconcile } from '../../src/reconcile/reconcile.js';
import { createDatabase, type Database } from '../../src/store/database.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { BLOCKS, CONTEXT, history } from '../support/events.js';

const suffix = randomBytes(4).toString('hex');
const ROLES = { indexer: `indexer_${suffix}`, platform: `platform_${suffix}` };

let test_: TestDatabase;
let owner: Database;
const as = {} as Record<'indexer' | 'platform', Database>;

beforeAll(async () => {
  test_ = await createTestDatabase();
  owner = createDatabase({ url: test_.url, poolSize: 2 });
  for (const role of ['indexer', 'platform'] as const) {
    await owner.pool.query(`CREATE ROLE ${ROLES[role]} LOGIN PASSWORD 'secret'`);
    const url = new URL(test_.url);
    url.username = ROLES[role];
    url.password = 'secret';
    as[role] = createDatabase({ url: url.href, poolSize: 4 });
  }
  await owner.pool.query(rightsOf(ROLES));
});

afterAll(async () => {
  await as.indexer.close();
  await as.platform.close();
  for (const role of Object.values(ROLES)) await owner.pool.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
  await owner.close();
  await test_.drop();
});

const COLUMNS = Object.entries(COLUMN_OWNERS).flatMap(([table, columns]) =>
  Object.entries(columns).map(([column, writer]) => ({ table, column, writer })),
);

test('the table names every column of the twelve models, and no other', async () => {
  const { rows } = await owner.pool.query<{ name: string }>(
    `SELECT table_name || '.' || column_name AS name FROM information_schema.columns
      WHERE table_schema = 'public' AND table_name = ANY($1) ORDER BY 1`,
    [Object.keys(COLUMN_OWNERS)],
  );
  expect(Object.keys(COLUMN_OWNERS)).toHaveLength(12);
  expect(COLUMNS.map(({ table, column }) => `${table}.${column}`).sort()).toEqual(
    rows.map(({ name }) => name).sort(),
  );
});

test('docs/ownership.md shows it', () => {
  const document = readFileSync(join(import.meta.dirname, '../../docs/ownership.md'), 'utf8');
  for (const [table, columns] of Object.entries(COLUMN_OWNERS)) {
    const of = (writer: string) =>
      Object.keys(columns)
        .filter((column) => columns[column] === writer)
        .map((column) => `\`${column}\``)
        .join(' ');
    const line = `| ${table} | ${of('indexer')} | ${of('platform')} | ${of('both')} | ${RULES[table] ?? ''} |`;
    expect(document).toContain(line.replace(/ {2,}/g, ' '));
  }
});

describe.each(['indexer', 'platform'] as const)('as the role of the %s', (role) => {
  test.each(COLUMNS)('$table.$column, whose writer is: $writer', async ({ table, column, writer }) => {
    const update = as[role].pool.query(`UPDATE "${table}" SET "${column}" = "${column}" WHERE false`);
    if (mayWrite(role, writer)) await update;
    else await expect(update).rejects.toThrow(/permission denied/);
  });
});

test('with these rights the indexer does its work, and the platform links, unlinks and inserts', async () => {
  const [all = []] = fc.sample(history, { numRuns: 1, seed: 7 });
  const run = (transactions: typeof all) =>
    reconcile(
      as.indexer,
      {
        chain: 'solana',
        fingerprint: 'f',
        finality: 'finalized',
        fromBlock: 1,
        toBlock: BLOCKS,
        scope: 'blocks',
        transactions,
        source: 'test',
      },
      CONTEXT,
      { job: 'test' },
    );
  const carry = async () => {
    const steps = createSteps(as.indexer);
    while ((await unfinished(owner.pool)) > 0) await steps.take();
  };
  const platform = (sql: string) => as.platform.pool.query(sql);
  const ownerOf = async (address: string) =>
    (await owner.pool.query(`SELECT "userId" FROM "Wallet" WHERE address = $1`, [address])).rows[0]?.userId;
  await run(all);
  await platform(`INSERT INTO "User" (id, email, "updatedAt") VALUES ('ann', 'a@example.org', now())`);
  await platform(
    `INSERT INTO "Wallet" (id, address, chain, provider, "updatedAt") VALUES ('of the app', 'alice', 'solana', 'phantom', now())`,
  );
  await platform(`INSERT INTO "UserWallet" (id, "userId", "walletId") VALUES ('l', 'ann', 'of the app')`);
  await platform(`UPDATE "User" SET "walletAddress" = 'bob' WHERE id = 'ann'`);
  await carry();
  expect([await ownerOf('alice'), await ownerOf('bob')]).toEqual(['ann', 'ann']);
  await run(all.slice(1));
  await run([]);
  await platform(`DELETE FROM "UserWallet" WHERE id = 'l'`);
  await platform(`UPDATE "User" SET "walletAddress" = NULL WHERE id = 'ann'`);
  await carry();
  await platform(`DELETE FROM "User" WHERE id = 'ann'`);
  await expect(platform('SELECT * FROM ledger_event')).rejects.toThrow(/permission denied/);
});
