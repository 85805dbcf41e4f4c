/**
 * What a page of a list costs: in proportion to the page, whatever is asked for and however large the tables
 * are.
 */
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createDatabase, type Database } from '../../src/store/database.js';
import { createReadClass, type ReadClass } from '../../src/store/reads.js';
import { address } from '../support/addresses.js';
import { testApp } from '../support/api.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

const ROWS = 60_000;
const LIMIT = 50;
/**
 * Rows that may be read for a page: those shown, those of the joined tables, and what a block's equal times
 * make of it.
 */
const MOST_READ = 8 * LIMIT;
const [SELDOM, OFTEN] = [address('seldom'), address('often')];

let server: TestDatabase;
let db: Database;
let app: ReturnType<typeof testApp>['app'];
/** Of the last request. */
let statements: { readonly text: string; readonly values: unknown[] }[] = [];

/**
 * One row in a thousand is of TON, a mint, failed, burned, listed, inactive: the newest of them are far back.
 */
const FILL = `
  INSERT INTO "User" (id, email, username, "updatedAt") VALUES ('u', 'u@example.org', 'u', now());
  INSERT INTO "NFT" (id, "tokenId", "contractAddress", name, owner, "creatorId", "createdAt", "updatedAt", chain, "ownerAddress",
                     "creatorAddress", "isBurned", "isListed", "firstPosition", "originPosition", "namePosition", "ownerPosition",
                     "listingPosition", "pricePosition", "contractPosition", "lastPosition")
  SELECT 'n' || n, CASE n WHEN 1 THEN '${SELDOM}' WHEN 2 THEN '${OFTEN}' ELSE 'token' || n END, CASE WHEN rare THEN '${address('rare')}' ELSE 'common' END, 'name', 'u', 'u', at, at,
         CASE WHEN rare THEN 'ton' ELSE 'solana' END, 'x', 'x', rare, rare, '', '', '', '', '', '', '', ''
    FROM rows;
  INSERT INTO "Transaction" (id, "transactionHash", chain, "transactionType", status, "blockNumber", "transactionIndex", "nftId", metadata,
                             "createdAt")
  SELECT 't' || n, 'hash' || n, CASE WHEN rare THEN 'ton' ELSE 'solana' END, CASE WHEN rare THEN 'mint' ELSE 'transfer' END,
         CASE WHEN rare THEN 'failed' ELSE 'completed' END, n / 10, n % 10, CASE WHEN rare THEN 'n1' ELSE 'n2' END, '{}', at
    FROM rows;
  INSERT INTO "MusicToken" (id, "userId", chain, "updatedAt") VALUES ('m', 'u', 'solana', now());
  INSERT INTO "Staking" (id, "userId", "tokenId", amount, duration, chain, "walletAddress", pool, "isActive", "startDate", "updatedAt",
                         "transactionHash", "eventIndex")
  SELECT 's' || n, 'u', 'm', 1, 1, CASE WHEN rare THEN 'ton' ELSE 'solana' END, 'x', 'p', NOT rare, at, at, 'hash' || n, 0
    FROM rows;`;

beforeAll(async () => {
  server = await createTestDatabase();
  db = createDatabase({ url: server.url, poolSize: 4 });
  await db.pool.query(`CREATE TABLE rows AS
    SELECT n, timestamp '2025-01-01' + (n / 10) * interval '400 ms' AS at, n % 1000 = 1 AND n < ${ROWS / 3} AS rare
      FROM generate_series(1, ${ROWS}) n`);
  await db.pool.query(FILL);
  await db.pool.query('DROP TABLE rows');
  await db.pool.query('ANALYZE');
  const reads = createReadClass({ pool: db.pool, control: db.pool, mostWaiting: 10 });
  const lists: ReadClass = {
    until: (signal) => {
      const { pool } = reads.until(signal);
      const query = (text: string, values: unknown[]) => {
        statements.push({ text, values });
        return pool.query(text, values);
      };
      return { pool: { query: query as pg.Pool['query'] } };
    },
  };
  app = testApp(db, { lists }).app;
});

afterAll(async () => {
  await app?.close();
  await db?.close();
  await server?.drop();
});

interface Plan {
  readonly 'Node Type': string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly Plans?: readonly Plan[];
}

/** Rows that leave the plan's scans, and those that they drop. */
function rowsRead(plan: Plan): number {
  const below = (plan.Plans ?? []).reduce((sum, part) => sum + rowsRead(part), 0);
  if (!plan['Node Type'].includes('Scan')) return below;
  return below + (plan['Actual Rows'] + (plan['Rows Removed by Filter'] ?? 0)) * plan['Actual Loops'];
}

describe('a page costs what it shows', () => {
  test.each([
    '/v1/transactions',
    '/v1/transactions?chain=ton',
    '/v1/transactions?chain=solana',
    '/v1/transactions?type=mint',
    '/v1/transactions?status=failed',
    `/v1/transactions?nft=${SELDOM}`,
    `/v1/transactions?nft=${OFTEN}`,
    '/v1/transactions?chain=solana&fromBlock=0&toBlock=100',
    '/v1/transactions?chain=solana&fromBlock=100',
    '/v1/transactions?chain=ton&fromBlock=0&toBlock=5000',
    '/v1/nfts?chain=ton',
    '/v1/nfts?burned=true',
    '/v1/nfts?burned=false',
    '/v1/nfts?listed=true',
    `/v1/nfts?collection=${address('rare')}`,
    '/v1/staking?chain=ton',
    '/v1/staking?active=false',
    '/v1/staking?active=true',
  ])('%s', async (path) => {
    statements = [];
    const url = `${path}${path.includes('?') ? '&' : '?'}limit=${LIMIT}`;
    const first = await app.inject(url);
    expect(first.statusCode, first.body).toBe(200);
    const { nextCursor } = first.json();
    if (nextCursor) expect((await app.inject(`${url}&cursor=${nextCursor}`)).statusCode).toBe(200);
    expect(statements.length).toBeGreaterThan(0);
    for (const { text, values } of statements) {
      const { rows } = await db.pool.query<{ 'QUERY PLAN': [{ Plan: Plan }] }>(
        `EXPLAIN (ANALYZE, FORMAT JSON) ${text}`,
        values,
      );
      const plan = rows[0]?.['QUERY PLAN'][0].Plan;
      expect(plan && rowsRead(plan), JSON.stringify(plan, null, 1)).toBeLessThan(MOST_READ);
    }
  });
});
