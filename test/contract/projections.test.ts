/**
 * The contract of reconcile and of every projection (DESIGN.md section 3), on real PostgreSQL with random
 * histories: any order, batching, repetition and withdrawal of the same events gives the same tables.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Batch } from '../../src/events/batch.js';
import type { DecodedTransaction, Finality } from '../../src/events/event.js';
import { reconcile } from '../../src/reconcile/reconcile.js';
import { createDatabase, type Database } from '../../src/store/database.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { allTables, changesOf, dump, emptyTables, RECONCILED } from '../support/dump.js';
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

const RUNS = { numRuns: 12 };
/** Which job and endpoint wrote a row is not a fact about the chain. */
const PROVENANCE = ['job', 'source'];

const empty = () => emptyTables(db.pool);

function batchOf(
  all: readonly DecodedTransaction[],
  fromBlock: number,
  toBlock: number,
  finality: Finality = 'finalized',
): Batch {
  const transactions = all.filter(({ block }) => block >= fromBlock && block <= toBlock);
  return {
    chain: 'solana',
    fingerprint: 'f',
    finality,
    fromBlock,
    toBlock,
    scope: 'blocks',
    transactions,
    source: 'test',
  };
}

const run = (batch: Batch) => reconcile(db, batch, CONTEXT, { job: 'test' });
const tables = () => dump(db.pool, RECONCILED, PROVENANCE);

/** The tables as one batch on an empty database gives them. */
async function faultless(all: readonly DecodedTransaction[], finality: Finality = 'finalized') {
  await empty();
  await run(batchOf(all, 1, BLOCKS, finality));
  return tables();
}

/** Cuts 1..BLOCKS at the given places into batches. */
function cut(all: readonly DecodedTransaction[], cuts: readonly number[]): Batch[] {
  const ends = [...new Set(cuts), BLOCKS].sort((a, b) => a - b);
  return ends.map((end, at) => batchOf(all, (ends[at - 1] ?? 0) + 1, end));
}

const cuts = fc.uniqueArray(fc.integer({ min: 1, max: BLOCKS - 1 }), { maxLength: 8 });

describe('reconcile', () => {
  test('promise 1: reconciling the same events again leaves every table byte-equal', async () => {
    await fc.assert(
      fc.asyncProperty(history, cuts, async (all, places) => {
        await faultless(all);
        const every = (await allTables(db.pool)).filter((name) => name !== '_prisma_migrations');
        const before = await dump(db.pool, every);
        for (const batch of cut(all, places)) {
          const result = await run(batch);
          expect(result).toMatchObject({ created: 0, changed: 0, withdrawn: 0, rows: {} });
        }
        expect(changesOf(before, await dump(db.pool, every))).toEqual([]);
      }),
      RUNS,
    );
  });

  test('promise 2: any order, batching and repetition, by several workers at once, gives the same tables', async () => {
    await fc.assert(
      fc.asyncProperty(history, cuts, fc.infiniteStream(fc.nat()), async (all, places, random) => {
        const expected = await faultless(all);
        await empty();
        const batches = cut(all, places);
        const jobs = [...batches, ...batches.filter((_, at) => at % 2 === 0)]
          .map((batch) => ({ batch, at: random.next().value as number }))
          .sort((a, b) => a.at - b.at);
        await Promise.all(
          [0, 1, 2, 3].map(async () => {
            for (let job = jobs.shift(); job; job = jobs.shift()) await run(job.batch);
          }),
        );
        expect(await tables()).toEqual(expected);
      }),
      RUNS,
    );
  });

  test('promise 5: withdrawn transactions leave the tables as if they had never been', async () => {
    await fc.assert(
      fc.asyncProperty(history, fc.infiniteStream(fc.boolean()), cuts, async (all, keep, places) => {
        const kept = all.filter(() => keep.next().value);
        const expected = await faultless(kept);
        await empty();
        await run(batchOf(all, 1, BLOCKS));
        for (const batch of cut(kept, places)) await run(batch);
        expect(await tables()).toEqual(expected);
      }),
      RUNS,
    );
  });

  test('a newer reading of the same transactions replaces the older one exactly', async () => {
    await fc.assert(
      fc.asyncProperty(history, fc.infiniteStream(fc.nat({ max: 2 })), async (all, random) => {
        const newer = all.map((transaction) => {
          if (random.next().value !== 0) return transaction;
          const [first, ...rest] = transaction.events;
          return first
            ? {
                ...transaction,
                events: [{ ...first, decoderVersion: 2, kind: 'transfer' as const }, ...rest],
              }
            : transaction;
        });
        const expected = await faultless(newer);
        await empty();
        await run(batchOf(all, 1, BLOCKS));
        await run(batchOf(newer, 1, BLOCKS));
        expect(await tables()).toEqual(expected);
      }),
      RUNS,
    );
  });

  test('a transaction that re-lands in a later block is one transaction, whichever job comes first', async () => {
    await fc.assert(
      fc.asyncProperty(history, fc.nat(), fc.boolean(), async (all, pick, laterFirst) => {
        const moved = all[pick % all.length];
        if (!moved) return;
        const relanded = {
          ...moved,
          block: BLOCKS + 5,
          blockTime: 1_760_000_000 + BLOCKS + 5,
          transactionIndex: 0,
        };
        const now = [...all.filter((transaction) => transaction !== moved), relanded];
        await empty();
        await run({ ...batchOf(now, 1, BLOCKS + 5) });
        const expected = await tables();
        await empty();
        const old = batchOf(all, moved.block, moved.block, 'confirmed');
        const late = batchOf(now, BLOCKS + 5, BLOCKS + 5);
        for (const batch of laterFirst ? [late, old] : [old, late]) await run(batch);
        await run(batchOf(now, 1, BLOCKS + 5));
        expect(await tables()).toEqual(expected);
      }),
      RUNS,
    );
  });

  test('confirmed events are pending, and settle to exactly what finalized ones give', async () => {
    await fc.assert(
      fc.asyncProperty(history, cuts, async (all, places) => {
        const expected = await faultless(all);
        await empty();
        await run(batchOf(all, 1, BLOCKS, 'confirmed'));
        const { rows } = await db.pool.query(
          `SELECT DISTINCT status FROM "Transaction" WHERE status NOT IN ('pending', 'failed')`,
        );
        expect(rows).toEqual([]);
        for (const batch of cut(all, places)) await run(batch);
        expect(await tables()).toEqual(expected);
        // A late job that still says "confirmed" does not make them pending again.
        await run(batchOf(all, 1, BLOCKS, 'confirmed'));
        expect(await tables()).toEqual(expected);
      }),
      RUNS,
    );
  });

  test('promise 3: coverage is written with the events or not at all, and so are the events', async () => {
    const [all = []] = fc.sample(history, { numRuns: 1, seed: 7 });
    const expected = await faultless(all);
    await empty();
    const before = await dump(db.pool, await allTables(db.pool));
    const batch = batchOf(all, 1, BLOCKS);
    // The last statement of each kind of write, in turn, is the one that fails.
    for (const table of ['ledger_event', 'Transaction', 'Staking', 'coverage_range']) {
      await db.pool.query(`ALTER TABLE "${table}" ADD CONSTRAINT broken CHECK (false) NOT VALID`);
      await expect(run(batch)).rejects.toThrow('broken');
      await db.pool.query(`ALTER TABLE "${table}" DROP CONSTRAINT broken`);
      expect(changesOf(before, await dump(db.pool, await allTables(db.pool)))).toEqual([]);
    }
    await run(batch);
    expect(await tables()).toEqual(expected);
  });

  test('a dry run says what would change and changes nothing', async () => {
    await fc.assert(
      fc.asyncProperty(history, async (all) => {
        await empty();
        const before = await dump(db.pool, await allTables(db.pool));
        const planned = await reconcile(db, batchOf(all, 1, BLOCKS), CONTEXT, { job: 'test', dryRun: true });
        expect(changesOf(before, await dump(db.pool, await allTables(db.pool)))).toEqual([]);
        expect(await run(batchOf(all, 1, BLOCKS))).toEqual(planned);
      }),
      { numRuns: 10 },
    );
  });

  test('promise 6: failed transactions are recorded and move nothing', async () => {
    await fc.assert(
      fc.asyncProperty(history, async (all) => {
        await faultless(
          all.map((transaction) => ({
            ...transaction,
            outcome: 'failed',
            events: transaction.events.map(fail),
          })),
        );
        const { rows } = await db.pool.query<{ n: number }>(
          `SELECT (SELECT count(*) FROM wallet_balance)::int + (SELECT count(*) FROM "NFT")::int + (SELECT count(*) FROM "Staking")::int
                + (SELECT count(*) FROM "Transaction" WHERE status <> 'failed')::int AS n`,
        );
        expect(rows[0]?.n).toBe(0);
        const { rows: recorded } = await db.pool.query<{ n: number }>(
          `SELECT count(*)::int AS n FROM "Transaction"`,
        );
        expect(recorded[0]?.n).toBe(all.length);
      }),
      { numRuns: 5 },
    );
  });
});

function fail(event: DecodedTransaction['events'][number]): DecodedTransaction['events'][number] {
  const { movements: _, ...rest } = event;
  return { ...rest, outcome: 'failed' };
}
