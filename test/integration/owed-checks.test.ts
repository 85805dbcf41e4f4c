/**
 * What another endpoint's word is owed about, on real PostgreSQL: it is written with what was read, and stays
 * until that is compared or read again.
 */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Verdict } from '../../src/chains/witness/owed.js';
import type { Batch, OwedCheck } from '../../src/events/batch.js';
import type { ListenerContext } from '../../src/listener/context.js';
import { createRecheck } from '../../src/listener/links/recheck.js';
import { behindOf } from '../../src/projections/status/behind.js';
import { reconcile } from '../../src/reconcile/reconcile.js';
import { writeChainState } from '../../src/store/chain-state.js';
import { listAllCoverage } from '../../src/store/coverage/coverage.js';
import { listOwed, sumOwed } from '../../src/store/coverage/owed-checks.js';
import { createDatabase, type Database } from '../../src/store/database.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { emptyTables } from '../support/dump.js';
import { CONTEXT } from '../support/events.js';
import { transactionOf } from '../support/fake-chain.js';
import { silentLog } from '../support/silent-log.js';

let database: TestDatabase;
let db: Database;
beforeAll(async () => {
  database = await createTestDatabase();
  db = createDatabase({ url: database.url, poolSize: 6 });
});
afterEach(() => emptyTables(db.pool));
afterAll(async () => {
  await db.close();
  await database.drop();
});

const checkOf = (block: number, digest = 'read'): OwedCheck => ({ block, digest, source: 'one' });
const hashes = (...blocks: number[]) => blocks.map((block) => ({ block, hash: `h${block}` }));
const batchOf = (fromBlock: number, toBlock: number, more: Partial<Batch> = {}): Batch => ({
  ...{ chain: 'solana', fingerprint: 'f', finality: 'finalized', scope: 'blocks', source: 'one' },
  ...{ fromBlock, toBlock, transactions: [transactionOf(fromBlock)] },
  ...more,
});
const run = (batch: Batch, dryRun = false) => reconcile(db, batch, CONTEXT, { job: 'test', dryRun });
const ALL = { fromBlock: 0, toBlock: 1_000 };
const owed = async () =>
  (await listOwed(db, 'solana', ALL, 100)).map(({ block, digest }) => `${block} ${digest}`);

test('promise 3: what is owed commits with the batch or not at all, and a batch done again changes nothing', async () => {
  const batch = batchOf(1, 5, { owed: [checkOf(2), checkOf(4)] });
  expect((await run(batch, true)).rows).toMatchObject({ owed_check: 2 });
  expect(await owed()).toEqual([]);
  for (let times = 0; times < 2; times += 1) await run(batch);
  expect(await owed()).toEqual(['2 read', '4 read']);
});

test('blocks that are read again owe what that reading owes; an archive and single transactions add to it', async () => {
  await run(batchOf(1, 5, { owed: [checkOf(2), checkOf(4), checkOf(5)] }));
  await run(batchOf(1, 5));
  expect(await owed()).toEqual(['2 read', '4 read', '5 read']);
  await run(batchOf(4, 4, { scope: 'transactions', owed: [checkOf(4, 'alone')] }));
  expect(await owed()).toEqual(['2 read', '4 alone', '4 read', '5 read']);
  await run(batchOf(3, 5, { owed: [checkOf(5, 'again')] }));
  expect(await owed()).toEqual(['2 read', '5 again']);
  await run(batchOf(1, 5, { owed: [] }));
  expect(await owed()).toEqual([]);
});

test('promise 5: what confirmed blocks owe stays when they settle, and goes with those that are abandoned', async () => {
  const confirmed = { finality: 'confirmed', blocks: hashes(1, 2, 3) } as const;
  await run(batchOf(1, 3, { ...confirmed, owed: [checkOf(1), checkOf(2), checkOf(3)] }));
  const final = [...hashes(1), { block: 3, hash: 'h3' }];
  await run(batchOf(1, 3, { scope: 'settle', blocks: final, transactions: [] }));
  expect(await owed()).toEqual(['1 read', '3 read']);
  // A late job of the abandoned branch owes nothing of what is final.
  await run(batchOf(1, 3, { ...confirmed, owed: [checkOf(2, 'late')] }));
  expect(await owed()).toEqual(['1 read', '3 read']);
});

/** What a listener settles with, whose other endpoints give these verdicts. */
function contextOf(final: number, judge: (check: OwedCheck) => Verdict) {
  const asked: number[] = [];
  const reader = {
    chain: 'solana',
    judge: async (checks: readonly OwedCheck[]) => {
      asked.push(...checks.map(({ block }) => block));
      return checks.map(judge);
    },
  };
  return { asked, context: { reader, db, log: silentLog, final } as unknown as ListenerContext };
}
const signal = new AbortController().signal;

test('promise 4: a denied block is a gap, and settles no more; its check is done', async () => {
  await run(batchOf(1, 5, { owed: [checkOf(2), checkOf(4)] }));
  const blocks = hashes(6, 7);
  await run(batchOf(6, 7, { finality: 'confirmed', blocks, owed: [checkOf(6), checkOf(7)] }));
  const { context, asked } = contextOf(6, ({ block }) => (block === 2 ? 'agreed' : 'denied'));
  await createRecheck(context)(signal);
  // 7 is not final yet.
  expect([asked, await owed()]).toEqual([[2, 4, 6], ['7 read']]);
  await run(batchOf(6, 7, { scope: 'settle', blocks, transactions: [] }));
  expect(await listAllCoverage(db, 'solana')).toEqual([
    { fromBlock: 1, toBlock: 3 },
    { fromBlock: 5, toBlock: 5 },
    { fromBlock: 7, toBlock: 7 },
  ]);
});

test('promise 3: a block that was read again while the others were asked keeps its coverage', async () => {
  await run(batchOf(1, 1, { owed: [checkOf(1)] }));
  const { context } = contextOf(1, () => 'denied');
  const { judge } = context.reader;
  const reader = {
    ...context.reader,
    judge: async (...asked: Parameters<NonNullable<typeof judge>>) => {
      await run(batchOf(1, 1, { owed: [] }));
      return judge?.(...asked) ?? [];
    },
  };
  await createRecheck({ ...context, reader })(signal);
  expect(await listAllCoverage(db, 'solana')).toEqual([{ fromBlock: 1, toBlock: 1 }]);
});

test('blocks without a word keep nobody from the others: every one is asked about, in pages', async () => {
  const blocks = Array.from({ length: 50 }, (_, at) => at + 1);
  await run(batchOf(1, 50, { owed: blocks.map((block) => checkOf(block)) }));
  const { context, asked } = contextOf(50, ({ block }) => (block <= 20 ? 'silent' : 'agreed'));
  const recheck = createRecheck(context);
  for (let times = 0; times < 4 && (await owed()).length > 20; times += 1) await recheck(signal);
  expect([(await owed()).length, new Set(asked).size]).toEqual([20, 50]);
});

test('what is owed for long is named by what watches the deployment', async () => {
  await run(batchOf(1, 3, { owed: [checkOf(2), checkOf(3)] }));
  const state = { chain: 'solana', genesis: 'g', startBlock: 1, head: 3, finalized: 3, source: 's' } as const;
  await writeChainState(db, { ...state, headTime: null, finalizedTime: null, fingerprint: 'f' });
  const { since } = await sumOwed(db, 'solana');
  const reasons = await behindOf(db, (since ?? 0) + 20 * 60_000);
  expect(reasons).toContainEqual(expect.stringMatching(/solana: 2 blocks wait for .* second endpoint/));
  expect((await behindOf(db, (since ?? 0) + 60_000)).filter((one) => one.includes('second'))).toEqual([]);
});
