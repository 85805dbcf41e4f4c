/**
 * Finality (DESIGN.md section 3, promises 3 and 5) on real PostgreSQL with random forks: whatever branches
 * were reconciled as confirmed, in whatever order, repeated and late, the tables end as those of the final
 * chain alone.
 */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Batch, BlockHash } from '../../src/events/batch.js';
import type { DecodedTransaction } from '../../src/events/event.js';
import { gapsIn } from '../../src/events/range.js';
import { reconcile } from '../../src/reconcile/reconcile.js';
import { announce, announcedSince, fence, newestAnnouncement } from '../../src/store/announcements.js';
import { cutOtherCoverage, listCoverage, listStale } from '../../src/store/coverage/coverage.js';
import { withdrawCoverage } from '../../src/store/coverage/withdraw-coverage.js';
import { createDatabase, type Database, inTransaction } from '../../src/store/database.js';
import { acquireLease, guard, releaseLease } from '../../src/store/lease/lease.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { dump, emptyTables, RECONCILED } from '../support/dump.js';
import { BLOCKS, CONTEXT, history } from '../support/events.js';
import { transactionOf } from '../support/fake-chain.js';

let database: TestDatabase;
let db: Database;

beforeAll(async () => {
  database = await createTestDatabase();
  db = createDatabase({ url: database.url, poolSize: 6 });
});

afterAll(async () => {
  await db.close();
  await database.drop();
});

const FINGERPRINT = 'f';
const run = (batch: Batch, dryRun = false) => reconcile(db, batch, CONTEXT, { job: 'test', dryRun });
const tables = () => dump(db.pool, RECONCILED, ['job', 'source']);

const empty = () => emptyTables(db.pool);

/**
 * Which branch each block belongs to, and so its hash and what it holds. Every transaction may stand in both,
 * one, or elsewhere.
 */
interface Branch {
  readonly name: string;
  readonly transactions: readonly DecodedTransaction[];
  /** Numbers that hold a block. */
  readonly blocks: ReadonlySet<number>;
}

const hashOf = (branch: Branch, block: number) =>
  createHash('sha256').update(`${branch.name} ${block}`).digest('hex').slice(0, 16);

function blocksOf(branch: Branch, fromBlock: number, toBlock: number): BlockHash[] {
  return [...branch.blocks]
    .filter((block) => block >= fromBlock && block <= toBlock)
    .sort((a, b) => a - b)
    .map((block) => ({ block, hash: hashOf(branch, block) }));
}

function batchOf(branch: Branch, fromBlock: number, toBlock: number, finality: Batch['finality']): Batch {
  return {
    chain: 'solana',
    fingerprint: FINGERPRINT,
    finality,
    fromBlock,
    toBlock,
    scope: 'blocks',
    transactions: branch.transactions.filter(({ block }) => block >= fromBlock && block <= toBlock),
    source: 'test',
    ...(finality === 'confirmed' ? { blocks: blocksOf(branch, fromBlock, toBlock) } : {}),
  };
}

function settleOf(branch: Branch, fromBlock: number, toBlock: number): Batch | null {
  const blocks = blocksOf(branch, fromBlock, toBlock);
  const last = blocks.at(-1)?.block;
  if (last === undefined) return null;
  const base = {
    chain: 'solana',
    fingerprint: FINGERPRINT,
    finality: 'finalized',
    source: 'test',
    transactions: [],
  } as const;
  return { ...base, scope: 'settle', fromBlock, toBlock: last, blocks };
}

/**
 * The same transactions on another branch: some are gone, some have moved to another block, all blocks have
 * other hashes.
 */
function fork(all: readonly DecodedTransaction[], name: string, random: () => number): Branch {
  const blocks = new Set<number>(
    Array.from({ length: BLOCKS }, (_, at) => at + 1).filter(() => random() % 6 !== 0),
  );
  const numbers = [...blocks];
  const next = new Map<number, number>();
  const transactions = all.flatMap((transaction): DecodedTransaction[] => {
    if (random() % 4 === 0 || numbers.length === 0) return [];
    const block = numbers[random() % numbers.length] ?? 1;
    const transactionIndex = next.get(block) ?? 0;
    next.set(block, transactionIndex + 1);
    return [{ ...transaction, block, blockTime: 1_760_000_000 + block, transactionIndex }];
  });
  return { name, transactions, blocks };
}

test('promise 6: a transaction that two covered blocks hold is refused, and moves only out of a gap', async () => {
  await empty();
  const moved = transactionOf(5);
  const at = (block: number): DecodedTransaction => ({ ...moved, block, blockTime: 1_760_000_000 + block });
  const one = (block: number, toBlock = block): Batch => ({
    ...{ chain: 'solana', fingerprint: FINGERPRINT, finality: 'finalized', scope: 'blocks', source: 'liar' },
    ...{ fromBlock: block, toBlock, transactions: [at(toBlock)] },
  });
  await run(one(5));
  const before = await tables();
  for (const batch of [one(7), one(3), { ...one(7), scope: 'transactions' } as const]) {
    const refused = {
      code: 'SOURCES_DISAGREE',
      retryable: true,
      message: expect.stringContaining('block 5'),
    };
    await expect(run(batch)).rejects.toMatchObject(refused);
  }
  expect(await tables()).toEqual(before);
  expect(await listCoverage(db, 'solana', FINGERPRINT)).toEqual([{ fromBlock: 5, toBlock: 5 }]);
  // Both blocks are read again at once; then the other one is a gap, and what stands there does not count.
  await run(one(5, 7));
  expect((await db.pool.query('SELECT DISTINCT block FROM ledger_event')).rows).toEqual([{ block: '7' }]);
  await inTransaction(db.pool, (client) =>
    withdrawCoverage(client, 'solana', [{ fromBlock: 7, toBlock: 7 }]),
  );
  await run(one(6));
  expect((await db.pool.query('SELECT DISTINCT block FROM ledger_event')).rows).toEqual([{ block: '6' }]);
});

const stretches = (cuts: readonly number[]) =>
  [...new Set(cuts), BLOCKS]
    .sort((a, b) => a - b)
    .map((end, at, ends) => ({ fromBlock: (ends[at - 1] ?? 0) + 1, toBlock: end }));

describe('finality', () => {
  test('promise 5: branches come and go in any order, and only the final one is left', async () => {
    let settledAtOnce = 0;
    await fc.assert(
      fc.asyncProperty(history, fc.infiniteStream(fc.nat()), async (all, stream) => {
        const random = () => stream.next().value as number;
        const branches = ['A', 'B', 'C'].map((name) => fork(all, name, random));
        const final = branches[random() % branches.length] as Branch;
        await empty();
        await run(batchOf(final, 1, BLOCKS, 'finalized'));
        const expected = await tables();
        await empty();
        const cuts = () => Array.from({ length: random() % 6 }, () => 1 + (random() % (BLOCKS - 1)));
        const jobs = [...branches, final]
          .flatMap((branch) =>
            stretches(cuts()).map((range) => batchOf(branch, range.fromBlock, range.toBlock, 'confirmed')),
          )
          .map((batch) => ({ batch, at: random() }))
          .sort((a, b) => a.at - b.at)
          .map(({ batch }) => batch);
        const [early, late] = [jobs.slice(0, (jobs.length * 3) >> 2), jobs.slice((jobs.length * 3) >> 2)];
        await Promise.all(
          [0, 1, 2].map(async () => {
            for (let job = early.shift(); job; job = early.shift()) await run(job);
          }),
        );
        for (const range of stretches(cuts())) {
          const settle = settleOf(final, range.fromBlock, range.toBlock);
          if (settle) await run(settle);
          const job = late.shift();
          if (job) await run(job);
        }
        const covered = await listCoverage(db, 'solana', FINGERPRINT);
        if (covered.length > 0) settledAtOnce += 1;
        // What could not settle is a gap, and read again at finality; late jobs come before, between and
        // after.
        for (const gap of gapsIn(covered, 1, BLOCKS))
          await run(batchOf(final, gap.fromBlock, gap.toBlock, 'finalized'));
        for (const job of jobs) await run(job);
        expect(await tables()).toEqual(expected);
        const settle = settleOf(final, 1, BLOCKS);
        if (settle) await run(settle);
        expect(await tables()).toEqual(expected);
      }),
      { numRuns: 15, endOnFailure: true },
    );
    expect(settledAtOnce).toBeGreaterThan(5);
  });

  test('a block settles without being read again when just it was reconciled, and only then', async () => {
    const [all = []] = fc.sample(history, { numRuns: 1, seed: 7 });
    const branch: Branch = {
      name: 'A',
      transactions: all,
      blocks: new Set(Array.from({ length: BLOCKS }, (_, at) => at + 1)),
    };
    await empty();
    await run(batchOf(branch, 1, BLOCKS, 'finalized'));
    const expected = await tables();
    await empty();
    await run(batchOf(branch, 1, 10, 'confirmed'));
    await run(batchOf(branch, 12, BLOCKS, 'confirmed'));
    expect(await listCoverage(db, 'solana', FINGERPRINT)).toEqual([]);
    const settle = settleOf(branch, 1, BLOCKS) as Batch;
    const other = {
      ...settle,
      blocks: settle.blocks?.map((item) => (item.block === 5 ? { ...item, hash: 'another' } : item)) ?? [],
    };
    await run(other);
    expect(await listCoverage(db, 'solana', FINGERPRINT)).toEqual([
      { fromBlock: 1, toBlock: 4 },
      { fromBlock: 6, toBlock: 10 },
      { fromBlock: 12, toBlock: BLOCKS },
    ]);
    for (const block of [5, 11]) await run(batchOf(branch, block, block, 'finalized'));
    expect(await tables()).toEqual(expected);
    const { rows } = await db.pool.query('SELECT * FROM pending_block');
    expect(rows).toEqual([]);
  });

  test('a job of a former leader changes nothing, and a takeover waits for the one that is being reconciled', async () => {
    const [all = []] = fc.sample(history, { numRuns: 1, seed: 8 });
    const branch: Branch = { name: 'A', transactions: all, blocks: new Set() };
    await empty();
    const first = await acquireLease(db, 'solana', 'one', 60_000);
    expect(await acquireLease(db, 'solana', 'two', 60_000)).toBeNull();
    expect(await run({ ...batchOf(branch, 1, 5, 'finalized'), lease: first ?? -1 })).not.toMatchObject({
      refused: true,
    });
    await releaseLease(db, 'solana', first ?? -1);
    const second = await acquireLease(db, 'solana', 'two', 60_000);
    expect(second).toBe((first ?? 0) + 1);
    const before = await tables();
    expect(await run({ ...batchOf(branch, 6, BLOCKS, 'finalized'), lease: first ?? -1 })).toMatchObject({
      refused: true,
      created: 0,
    });
    expect(await tables()).toEqual(before);
    // Under way: the lease's token cannot change before it has ended.
    const client = await db.pool.connect();
    await client.query('BEGIN');
    await client.query(`SELECT token FROM leader_lease WHERE chain = 'solana' FOR KEY SHARE`);
    await releaseLease(db, 'solana', second ?? -1);
    let taken: number | null = null;
    const takeover = acquireLease(db, 'solana', 'three', 60_000).then((token) => {
      taken = token;
    });
    await new Promise((done) => setTimeout(done, 300));
    expect(taken).toBeNull();
    await client.query('COMMIT');
    client.release();
    await takeover;
    expect(taken).toBe((second ?? 0) + 1);
  });

  test('promise 3: what was read before an address was announced is refused once that is fenced, and fencing waits for what is being reconciled', async () => {
    const [all = []] = fc.sample(history, { numRuns: 1, seed: 8 });
    const branch: Branch = { name: 'A', transactions: all, blocks: new Set() };
    await empty();
    const before = await newestAnnouncement(db, 'solana');
    const { number } = await announce(db, 'solana', new Map([['late', 5]]), before);
    expect(await announcedSince(db.pool, 'solana', before)).toEqual({
      number,
      addresses: new Map([['late', 5]]),
    });
    const old = { ...batchOf(branch, 6, BLOCKS, 'finalized'), knowledge: before };
    // Announced is not fenced: jobs under way still count.
    expect(await run(old, true)).not.toMatchObject({ refused: true });

    const client = await db.pool.connect();
    await client.query('BEGIN');
    await guard(client, { chain: 'solana', blocks: [], alone: false, lease: null, fences: true });
    let fenced = false;
    const fencing = fence(db, 'solana', number, 5).then(() => {
      fenced = true;
    });
    await new Promise((done) => setTimeout(done, 300));
    expect(fenced).toBe(false);
    await client.query('COMMIT');
    client.release();
    await fencing;

    const tablesBefore = await tables();
    expect(await run(old)).toMatchObject({ refused: true, created: 0 });
    const settling = { ...old, scope: 'settle', transactions: [], blocks: [] } as const;
    expect(await run(settling)).toMatchObject({ refused: true });
    expect(await tables()).toEqual(tablesBefore);
    expect(await run({ ...batchOf(branch, 1, 5, 'finalized'), knowledge: before })).not.toMatchObject({
      refused: true,
    });
    expect(await run({ ...old, knowledge: number })).not.toMatchObject({ refused: true });

    // Old announcements are kept as one: it still refuses, and never less than before.
    for (let more = 0; more < 1001; more++) await announce(db, 'solana', new Map(), number);
    const newest = await newestAnnouncement(db, 'solana');
    await fence(db, 'solana', newest, BLOCKS);
    expect((await db.pool.query(`SELECT FROM late_discovery WHERE chain = 'solana'`)).rowCount).toBe(1000);
    expect(await run(old)).toMatchObject({ refused: true });
    expect(await run({ ...old, knowledge: newest })).not.toMatchObject({ refused: true });
  });

  test('promise 3: who cuts stale coverage waits for nobody who only reconciles: two of them would wait for each other', async () => {
    await empty();
    await run({
      ...batchOf({ name: 'A', transactions: [], blocks: new Set() }, 1, BLOCKS, 'finalized'),
      fingerprint: 'old',
    });
    const guarded = { chain: 'solana', blocks: [], alone: false, lease: null, fences: true } as const;
    const [one, other] = [await db.pool.connect(), await db.pool.connect()];
    try {
      for (const client of [one, other]) {
        await client.query(`BEGIN; SET LOCAL lock_timeout = '2s'`);
        await guard(client, guarded);
      }
      expect(
        await cutOtherCoverage(one, { chain: 'solana', fingerprint: FINGERPRINT, fromBlock: 1, toBlock: 5 }),
      ).toBeGreaterThan(0);
    } finally {
      for (const client of [one, other]) {
        await client.query('ROLLBACK');
        client.release();
      }
    }
  });

  test('a range read under another fingerprint is stale until it is read again, and covered under one only', async () => {
    const branch: Branch = { name: 'A', transactions: [], blocks: new Set() };
    await empty();
    await run({ ...batchOf(branch, 1, BLOCKS, 'finalized'), fingerprint: 'old' });
    expect(await listStale(db, 'solana', FINGERPRINT)).toEqual([{ fromBlock: 1, toBlock: BLOCKS }]);
    await Promise.all([run(batchOf(branch, 5, 8, 'finalized')), run(batchOf(branch, 10, 12, 'finalized'))]);
    expect(await listStale(db, 'solana', FINGERPRINT)).toEqual([
      { fromBlock: 1, toBlock: 4 },
      { fromBlock: 9, toBlock: 9 },
      { fromBlock: 13, toBlock: BLOCKS },
    ]);
    expect(await listCoverage(db, 'solana', 'old')).toEqual([
      { fromBlock: 1, toBlock: 4 },
      { fromBlock: 9, toBlock: 9 },
      { fromBlock: 13, toBlock: BLOCKS },
    ]);
  });
});
