/** `ndx verify` finds what is wrong and names it (promise 9): every kind of damage done to tables that were right. */
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Batch } from '../../src/events/batch.js';
import type { DecodedTransaction } from '../../src/events/event.js';
import { reconcile } from '../../src/reconcile/reconcile.js';
import { writeChainState } from '../../src/store/chain-state.js';
import { createDatabase, type Database } from '../../src/store/database.js';
import { type VerifyOptions, verify } from '../../src/verify/verify.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { allTables, dump } from '../support/dump.js';
import { BLOCKS, CONTEXT, history } from '../support/events.js';

let test_: TestDatabase;
let db: Database;

beforeAll(async () => {
  test_ = await createTestDatabase();
  db = createDatabase({ url: test_.url, poolSize: 6 });
});

afterAll(async () => {
  await db.close();
  await test_.drop();
});

const every = async () => (await allTables(db.pool)).filter((name) => name !== '_prisma_migrations');

/** One batch a block on an empty database. */
async function fill(all: readonly DecodedTransaction[]): Promise<void> {
  await db.pool.query(`TRUNCATE ${(await every()).map((name) => `"${name}"`).join(', ')} CASCADE`);
  for (let block = 1; block <= BLOCKS; block++) {
    const transactions = all.filter((transaction) => transaction.block === block);
    const batch: Batch = {
      chain: 'solana',
      fingerprint: 'f',
      finality: 'finalized',
      fromBlock: block,
      toBlock: block,
      scope: 'blocks',
      transactions,
      source: 'test',
    };
    await reconcile(db, batch, CONTEXT, { job: 'test' });
  }
  await writeChainState(db, {
    chain: 'solana',
    genesis: 'g',
    startBlock: 1,
    head: BLOCKS,
    headTime: null,
    finalized: BLOCKS,
    finalizedTime: null,
    fingerprint: 'f',
    source: 'test',
  });
}

const OPTIONS: VerifyOptions = { sample: 0, seed: 1, limit: 100, patience: 0, blocksPerDigest: 10 };
const run = (options: Partial<VerifyOptions> = {}) =>
  verify(
    { pool: db.pool, chain: 'solana', context: CONTEXT, view: null, signal: AbortSignal.timeout(60_000) },
    { ...OPTIONS, ...options },
  );

test('promise 9: tables that reconcile wrote hold, and verify changes nothing', async () => {
  await fc.assert(
    fc.asyncProperty(history, async (all) => {
      await fill(all);
      const before = await dump(db.pool, await every());
      const { report } = await run();
      expect(report.findings).toEqual([]);
      expect(report.holds).toBe(true);
      expect(report.checks[1]).toMatchObject({ check: 'ledger', checked: all.reduce((sum, item) => sum + item.events.length, 0) });
      expect(await dump(db.pool, await every())).toEqual(before);
    }),
    { numRuns: 25 },
  );
});
