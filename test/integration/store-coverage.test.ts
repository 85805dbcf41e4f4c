/** The coverage table on real PostgreSQL. */
import fc from 'fast-check';
import type pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type BlockRange, blockCount } from '../../src/events/range.js';
import { insertCoverage, listCoverage } from '../../src/store/coverage/coverage.js';
import { listStretches, seamsIn } from '../../src/store/coverage/links.js';
import { mergeCoverage } from '../../src/store/coverage/merge-coverage.js';
import { withdrawCoverage } from '../../src/store/coverage/withdraw-coverage.js';
import { createPool, inTransaction } from '../../src/store/database.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

const range = fc
  .tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 12 }))
  .map(([from, length]) => ({ fromBlock: from, toBlock: from + length }));
const members = (list: readonly BlockRange[]) =>
  new Set(
    list.flatMap(({ fromBlock, toBlock }) =>
      Array.from({ length: toBlock - fromBlock + 1 }, (_, at) => fromBlock + at),
    ),
  );

describe('coverage_range', () => {
  let database: TestDatabase;
  let pool: pg.Pool;
  const at = { chain: 'solana', fingerprint: 'f' } as const;
  const insert = (list: readonly BlockRange[]) =>
    inTransaction(pool, async (client) => {
      let inserted = 0;
      for (const item of list) inserted += await insertCoverage(client, { ...at, ...item });
      return inserted;
    });
  const rows = async () =>
    (await pool.query('SELECT * FROM coverage_range ORDER BY from_block, to_block')).rows;
  const list = () => listCoverage({ pool }, 'solana', 'f');

  beforeAll(async () => {
    database = await createTestDatabase();
    pool = createPool({ url: database.url });
  });
  beforeEach(() => pool.query('TRUNCATE coverage_range'));
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  test('promise 1: what is covered already inserts nothing, also when several rows cover it together', async () => {
    expect(
      await insert([
        { fromBlock: 1, toBlock: 10 },
        { fromBlock: 11, toBlock: 20 },
      ]),
    ).toBe(2);
    const before = await rows();
    expect(
      await insert([
        { fromBlock: 1, toBlock: 10 },
        { fromBlock: 5, toBlock: 15 },
        { fromBlock: 1, toBlock: 20 },
        { fromBlock: 20, toBlock: 20 },
      ]),
    ).toBe(0);
    expect(await rows()).toEqual(before);
    expect(await insert([{ fromBlock: 20, toBlock: 21 }])).toBe(1);
  });

  test('another fingerprint and another chain do not count', async () => {
    await insert([{ fromBlock: 1, toBlock: 10 }]);
    await insertCoverage(pool, { chain: 'solana', fingerprint: 'other', fromBlock: 50, toBlock: 60 });
    await insertCoverage(pool, { chain: 'ton', fingerprint: 'f', fromBlock: 70, toBlock: 80 });
    expect(await list()).toEqual([{ fromBlock: 1, toBlock: 10 }]);
  });

  test('promise 4: stretches become one where the second follows upon the first, and stay two where it does not', async () => {
    const block = (number: number, branch = '') => ({ block: number, hash: `hash ${number}${branch}` });
    const put = (fromBlock: number, toBlock: number, parent = block(fromBlock - 1), last = block(toBlock)) =>
      insertCoverage(pool, { ...at, fromBlock, toBlock, parent, last });
    await put(1, 10);
    await put(11, 20);
    await put(21, 30, block(20, ' of another chain'), block(30, ' of another chain'));
    await put(31, 40, block(30, ' of another chain'));
    await mergeCoverage({ pool }, 'solana', 'f');
    const stretches = await listStretches({ pool }, 'solana');
    expect(stretches).toEqual([
      { fromBlock: 1, toBlock: 20, parent: block(0), last: block(20) },
      { fromBlock: 21, toBlock: 40, parent: block(20, ' of another chain'), last: block(40) },
    ]);
    expect(seamsIn(stretches)).toEqual([{ below: stretches[0], above: stretches[1] }]);
    expect(await mergeCoverage({ pool }, 'solana', 'f')).toBe(0);
    // Either stretch counts as covered until the seam is settled.
    expect(await list()).toEqual([{ fromBlock: 1, toBlock: 40 }]);
    await inTransaction(pool, (client) =>
      withdrawCoverage(client, 'solana', [{ fromBlock: 25, toBlock: 40 }]),
    );
    expect(await listStretches({ pool }, 'solana')).toEqual([
      stretches[0],
      { fromBlock: 21, toBlock: 24, parent: block(20, ' of another chain'), last: null },
    ]);
  });

  test('promise 1: links that were not known are learnt when the range is read again, and then nothing changes', async () => {
    await insert([{ fromBlock: 1, toBlock: 10 }]);
    const [parent, last] = [
      { block: 0, hash: 'a' },
      { block: 10, hash: 'b' },
    ];
    const again = () => insertCoverage(pool, { ...at, fromBlock: 1, toBlock: 10, parent, last });
    expect(await again()).toBe(1);
    expect(await listStretches({ pool }, 'solana')).toEqual([{ fromBlock: 1, toBlock: 10, parent, last }]);
    expect(await again()).toBe(0);
  });

  test('promise 2: any order, overlap and merging in between gives the union', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(range, fc.constant('merge' as const)), { minLength: 1, maxLength: 15 }),
        async (steps) => {
          await pool.query('TRUNCATE coverage_range');
          const inserted: BlockRange[] = [];
          for (const step of steps) {
            if (step === 'merge') await mergeCoverage({ pool }, 'solana', 'f');
            else {
              inserted.push(step);
              await insert([step]);
            }
          }
          expect([...members(await list())].toSorted((a, b) => a - b)).toEqual(
            [...members(inserted)].toSorted((a, b) => a - b),
          );
          await mergeCoverage({ pool }, 'solana', 'f');
          const merged = await rows();
          expect(merged.length).toBe((await list()).length);
          expect(await mergeCoverage({ pool }, 'solana', 'f')).toBe(0);
          expect(await rows()).toEqual(merged);
        },
      ),
      { numRuns: 25 },
    );
  });

  test('promise 3: concurrent inserts and merges lose nothing, and no reader ever sees less than before', async () => {
    const blocks = Array.from({ length: 300 }, (_, block) => block);
    let done = false;
    let least = 0;
    const reader = (async () => {
      while (!done) {
        const now = blockCount(await list());
        expect(now).toBeGreaterThanOrEqual(least);
        least = now;
      }
    })();
    const merger = (async () => {
      while (!done)
        await Promise.all([mergeCoverage({ pool }, 'solana', 'f'), mergeCoverage({ pool }, 'solana', 'f')]);
    })();
    const writers = [0, 1, 2].map(async (offset) => {
      for (const block of blocks)
        if (block % 3 === offset || block % 5 === offset)
          await insert([{ fromBlock: block, toBlock: block + (block % 4) }]);
    });
    await Promise.all(writers);
    done = true;
    await Promise.all([reader, merger]);
    await mergeCoverage({ pool }, 'solana', 'f');
    expect(await rows()).toMatchObject([{ from_block: '0' }]);
    expect(await list()).toMatchObject([{ fromBlock: 0 }]);
    expect(blockCount(await list())).toBeGreaterThanOrEqual(300);
  });
});
