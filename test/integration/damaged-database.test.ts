/** A database with a damaged file: `verify` and `verify --repair` say which table, and the way out. */
import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Batch } from '../../src/events/batch.js';
import { reconcile } from '../../src/reconcile/reconcile.js';
import { writeChainState } from '../../src/store/chain-state.js';
import { createDatabase } from '../../src/store/database.js';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/store/embedded/postgres.js';
import { migrate } from '../../src/store/migrate/migrations.js';
import { CONTEXT } from '../support/events.js';
import { transactionOf } from '../support/fake-chain.js';
import { ndx, prepare } from '../support/ndx.js';

const dataDir = mkdtempSync(join(tmpdir(), 'ndx-damaged-'));
const home = join(dataDir, 'postgres');
let server: EmbeddedPostgres;

beforeAll(async () => {
  await prepare();
  server = await startEmbeddedPostgres(home);
  await migrate(server.url, join(import.meta.dirname, '../../prisma'));
  const db = createDatabase({ url: server.url, poolSize: 2 });
  const batch: Batch = {
    chain: 'solana',
    fingerprint: 'test',
    finality: 'finalized',
    fromBlock: 0,
    toBlock: 9,
    scope: 'blocks',
    source: 'test',
    transactions: [1, 2, 3].map((block) => transactionOf(block)),
  };
  await reconcile(db, batch, CONTEXT, { job: 'test' });
  await writeChainState(db, {
    chain: 'solana',
    genesis: 'test',
    startBlock: 0,
    head: 9,
    headTime: null,
    finalized: 9,
    finalizedTime: null,
    fingerprint: 'test',
    source: 'test',
  });
  await db.pool.query('CHECKPOINT');
  const { rows } = await db.pool.query<{ path: string }>(
    `SELECT pg_relation_filepath('ledger_event') AS path`,
  );
  await db.close();
  await server.stop();
  const file = join(home, 'data', rows[0]?.path ?? '');
  expect(statSync(file).size).toBeGreaterThan(0);
  // As a disk does that loses a sector.
  const descriptor = openSync(file, 'r+');
  writeSync(descriptor, Buffer.alloc(4_096, 'x'), 0, 4_096, 0);
  closeSync(descriptor);
});
afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

test.each([[[]], [['--repair']]])(
  'verify %j names the table and the way out, and is no mistake of ours',
  async (more) => {
    const { code, stderr } = await ndx(['verify', '--chain', 'solana', '--sample', '0', ...more], {
      NDX_DATA_DIR: dataDir,
    });
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(
        /^ndx: the table ledger_event is damaged: .*"When a file of the database is damaged" in docs\/verify.md \[DATABASE_DAMAGED\]\n$/,
      ),
    ]);
  },
);
