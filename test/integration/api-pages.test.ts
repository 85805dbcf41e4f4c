/**
 * Paging: a walk meets every row that was there when it began exactly once, whatever is written meanwhile.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ChainEvent } from '../../src/events/event.js';
import { createDatabase, type Database } from '../../src/store/database.js';
import { address } from '../support/addresses.js';
import { BOB, batch, POOL, testApp, transaction, VAULT, write } from '../support/api.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { NDT } from '../support/events.js';

let server: TestDatabase;
let db: Database;
let app: ReturnType<typeof testApp>['app'];

const EACH = 25;
const BASE = { outcome: 'ok', decoder: 'test', decoderVersion: 1 } as const;
const token = { kind: 'token', address: NDT } as const;

/** Block `block`: `EACH` mints of NFTs and as many stakes, all with the same time. */
async function writeBlock(block: number): Promise<void> {
  const transactions = Array.from({ length: EACH }, (_, at) => {
    const item = { kind: 'nft', address: address(`nft ${block} ${at}`) } as const;
    const events: ChainEvent[] = [
      { ...BASE, eventIndex: 0, kind: 'mint', asset: item, to: BOB, amount: 1n, decimals: 0 },
      {
        ...BASE,
        eventIndex: 4096,
        kind: 'stake',
        asset: token,
        from: BOB,
        to: VAULT,
        amount: 1n,
        decimals: 9,
        stake: { pool: POOL },
      },
    ];
    return transaction(`${block} ${at}`, block, events, {
      transactionIndex: at,
      blockTime: 1_760_000_000 + Math.floor(block / 3),
    });
  });
  await write(db, batch(transactions, block, block));
}

beforeAll(async () => {
  server = await createTestDatabase();
  db = createDatabase({ url: server.url, poolSize: 6 });
  for (const block of [10, 11, 12, 13, 14]) await writeBlock(block);
  app = testApp(db).app;
});

afterAll(async () => {
  await app?.close();
  await db?.close();
  await server?.drop();
});

async function walk(
  path: string,
  limit: number,
  between: (page: number) => Promise<void> = async () => undefined,
): Promise<string[]> {
  const ids: string[] = [];
  for (let cursor = '', page = 1; ; page++) {
    await between(page);
    const { items, nextCursor } = (
      await app.inject(`${path}limit=${limit}${cursor && `&cursor=${cursor}`}`)
    ).json();
    ids.push(...items.map((item: { id: string }) => item.id));
    if (nextCursor === null) return ids;
    expect(items).toHaveLength(limit);
    cursor = nextCursor;
  }
}

const LISTS = [
  ['/v1/transactions?', '"Transaction"'],
  [`/v1/transactions?wallet=${BOB}&`, '"Transaction"'],
  ['/v1/nfts?', '"NFT"'],
  [`/v1/nfts?owner=${BOB}&`, '"NFT"'],
  ['/v1/staking?', '"Staking"'],
  [`/v1/staking?wallet=${BOB}&active=true&`, '"Staking"'],
] as const;

describe.each(LISTS)('%s', (path, table) => {
  test.each([1, 7, 50, 200])('limit %i walks all rows once, in one order', async (limit) => {
    const { rows } = await db.pool.query(`SELECT id FROM ${table}`);
    const ids = await walk(path, limit);
    expect(ids.length).toBe(rows.length);
    expect(new Set(ids)).toEqual(new Set(rows.map((row) => row.id)));
    expect(ids).toEqual(await walk(path, 200));
  });
});

test('rows written while a walk runs, newer and older than where it is, make no row come twice or not at all', async () => {
  let newer = 1000;
  let older = 9;
  for (const [path, table] of LISTS) {
    const before = (await db.pool.query(`SELECT id FROM ${table}`)).rows.map((row) => row.id as string);
    const ids = await walk(path, 7, async (page) => {
      if (page % 10 === 2) await writeBlock(newer++);
      // Older than all before, so deep inside the list.
      if (page === 3) await writeBlock(older--);
    });
    expect(new Set(ids).size, `${path} repeats`).toBe(ids.length);
    const met = new Set(ids);
    expect(
      before.filter((id) => !met.has(id)),
      `${path} skips`,
    ).toEqual([]);
    // Newer rows of a time that the walk has reached may be met besides.
    expect(ids.length, `${path} does not meet the older rows`).toBeGreaterThanOrEqual(before.length + EACH);
  }
});
