/**
 * Every route of the read API over real tables: what it answers, and that it answers what its document says.
 */
import { Registry } from 'prom-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { createDatabase, type Database } from '../../src/store/database.js';
import { address, hash } from '../support/addresses.js';
import {
  ALICE,
  BOB,
  CAROL,
  COLLECTION,
  FINGERPRINT,
  GONE,
  HISTORY,
  MARKET,
  POOL,
  SONG,
  START_TIME,
  testApp,
  writeHistory,
} from '../support/api.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { NDT } from '../support/events.js';

let server: TestDatabase;
let db: Database;
let app: ReturnType<typeof testApp>['app'];

beforeAll(async () => {
  server = await createTestDatabase();
  db = createDatabase({ url: server.url, poolSize: 4 });
  await writeHistory(db);
  const counts = { waiting: 3, active: 1, delayed: 2, failed: 4, completed: 9 };
  app = testApp(db, { queueCounts: async () => ({ solana: counts }) }).app;
});

afterAll(async () => {
  await app?.close();
  await db?.close();
  await server?.drop();
});

async function get(url: string) {
  const response = await app.inject({ url });
  expect(response.statusCode, `${url}: ${response.body}`).toBe(200);
  return response.json();
}

const time = (block: number) => new Date((START_TIME + block) * 1000).toISOString();
const namesOf = (page: { items: { transactionHash: string }[] }) =>
  page.items.map((item) => NAMES.get(item.transactionHash));
const NAMES = new Map(
  [
    'fund',
    'mint',
    'list',
    'sale',
    'send',
    'mint gone',
    'burn gone',
    'stake',
    'claim and unstake',
    'failed',
  ].map((name) => [hash(name), name]),
);

describe('GET /v1/transactions', () => {
  test('gives all of them, newest first', async () => {
    const page = await get('/v1/transactions');
    expect(page.items).toHaveLength(HISTORY.length);
    expect(page.nextCursor).toBeNull();
    expect(page.items.map((item: { createdAt: string }) => item.createdAt)).toEqual(
      HISTORY.map(({ block }) => time(block))
        .sort()
        .reverse(),
    );
  });

  test('shows a sale with its parties, price in whole units, fee and currency', async () => {
    const { items } = await get('/v1/transactions?type=sale');
    expect(items).toHaveLength(1);
    expect(items[0]).toMatchObject({
      transactionHash: hash('sale'),
      chain: 'solana',
      transactionType: 'sale',
      status: 'completed',
      blockNumber: 103,
      createdAt: time(103),
      tokenId: SONG,
      price: '2.5',
      fee: '0.25',
      gasUsed: '1234',
      metadata: { from: ALICE, to: BOB, currency: 'NDT', marketplace: 'tracknft' },
    });
  });

  test.each([
    ['chain=solana&type=mint', ['mint gone', 'mint', 'fund']],
    ['chain=ton', []],
    ['status=failed', ['failed']],
    [`wallet=${ALICE}`, ['sale', 'list', 'mint']],
    [`wallet=${CAROL}`, ['failed', 'burn gone', 'mint gone', 'send']],
    [`wallet=${CAROL}&type=transfer`, ['failed', 'send']],
    [`wallet=${address('nobody')}`, []],
    [`nft=${SONG}`, ['sale', 'list', 'mint']],
    [`nft=${address('nothing')}`, []],
    ['chain=solana&fromBlock=103&toBlock=104', ['mint gone', 'send', 'sale']],
    ['chain=solana&toBlock=101', ['mint', 'fund']],
  ])('filters: %s', async (query, names) => {
    expect(namesOf(await get(`/v1/transactions?${query}`)).sort()).toEqual([...names].sort());
  });

  test('by wallet, finds only what the wallet did when its user has several', async () => {
    const { rows } = await db.pool.query(`SELECT address, "userId" FROM "Wallet" WHERE address = ANY($1)`, [
      [ALICE, CAROL],
    ]);
    const userOf = new Map(rows.map((row) => [row.address, row.userId]));
    await db.pool.query(`UPDATE "Transaction" SET "sellerId" = $1 WHERE "sellerId" = $2`, [
      userOf.get(ALICE),
      userOf.get(CAROL),
    ]);
    try {
      expect(namesOf(await get(`/v1/transactions?wallet=${ALICE}`))).toEqual(['sale', 'list', 'mint']);
    } finally {
      await db.pool.query(`UPDATE "Transaction" SET "sellerId" = $1 WHERE "transactionHash" = $2`, [
        userOf.get(CAROL),
        hash('burn gone'),
      ]);
    }
  });
});

describe('GET /v1/transactions/:hash', () => {
  test('gives the row with its events in the ledger, in order', async () => {
    const body = await get(`/v1/transactions/${hash('claim and unstake')}`);
    expect(body).toMatchObject({
      transactionHash: hash('claim and unstake'),
      transactionType: 'unstake',
      blockNumber: 107,
    });
    expect(body.events).toMatchObject([
      {
        eventIndex: 0,
        kind: 'claim',
        amount: '100000000',
        decimals: 9,
        from: BOB,
        finality: 'finalized',
        stake: { pool: POOL },
      },
      {
        eventIndex: 4096,
        kind: 'unstake',
        amount: '1000000000',
        block: 107,
        blockTime: time(107),
        asset: { kind: 'token', address: NDT },
      },
    ]);
  });

  test('keeps amounts as strings in every part of an event', async () => {
    const [event] = (await get(`/v1/transactions/${hash('sale')}`)).events;
    expect(event.price).toEqual({ amount: '2500000000', currency: NDT, decimals: 9 });
    expect(event.fees).toEqual({ marketplace: '250000000' });
    expect(event.movements.map((movement: { delta: string }) => movement.delta)).toEqual([
      '-2250000000',
      '2250000000',
      '-250000000',
      '250000000',
    ]);
  });

  test('a failed transaction says why, and its event is failed', async () => {
    const body = await get(`/v1/transactions/${hash('failed')}`);
    expect(body).toMatchObject({
      status: 'failed',
      tokenId: null,
      metadata: { error: '{"InstructionError":[0,{"Custom":1}]}' },
    });
    expect(body.events).toMatchObject([{ kind: 'transfer', outcome: 'failed' }]);
  });

  test('a TON hash is found in hex, base64 and base64url', async () => {
    const bytes = Buffer.alloc(32, 0xfb);
    await db.pool.query(
      `INSERT INTO "Transaction" (id, "transactionHash", "transactionType", status, chain, "createdAt") VALUES ('ton', $1, 'mint', 'completed', 'ton', '2020-01-01')`,
      [bytes.toString('hex')],
    );
    try {
      for (const text of [
        bytes.toString('hex'),
        bytes.toString('hex').toUpperCase(),
        bytes.toString('base64'),
        bytes.toString('base64url'),
      ])
        expect(await get(`/v1/transactions/${encodeURIComponent(text)}`)).toMatchObject({
          id: 'ton',
          events: [],
        });
    } finally {
      await db.pool.query(`DELETE FROM "Transaction" WHERE id = 'ton'`);
    }
  });
});

describe('GET /v1/nfts', () => {
  test.each([
    ['', [GONE, SONG]],
    ['chain=ton', []],
    [`owner=${BOB}`, [SONG]],
    [`owner=${ALICE}`, []],
    [`owner=${CAROL}`, []],
    [`owner=${CAROL}&burned=true`, [GONE]],
    ['burned=false', [SONG]],
    [`creator=${ALICE}`, [GONE, SONG]],
    [`collection=${COLLECTION}`, [GONE, SONG]],
    [`collection=${SONG}`, []],
    ['listed=true', []],
    ['listed=false&burned=false', [SONG]],
  ])('filters: %s', async (query, tokenIds) => {
    const { items } = await get(`/v1/nfts?${query}`);
    expect(items.map((item: { tokenId: string }) => item.tokenId)).toEqual(tokenIds);
  });

  test('/:tokenId gives the NFT and its history, oldest first, failures too', async () => {
    const body = await get(`/v1/nfts/${SONG}`);
    expect(body).toMatchObject({
      tokenId: SONG,
      name: 'Song',
      ownerAddress: BOB,
      creatorAddress: ALICE,
      price: '2.5',
      isBurned: false,
    });
    expect(
      body.history.items.map((item: { kind: string; outcome: string }) => `${item.kind} ${item.outcome}`),
    ).toEqual(['mint ok', 'list ok', 'sale ok', 'transfer failed']);
    expect(body.history.nextCursor).toBeNull();
  });

  test('/:tokenId pages through the history by cursor', async () => {
    const kinds: string[] = [];
    let cursor = '';
    do {
      const { history } = await get(`/v1/nfts/${SONG}?limit=1${cursor && `&cursor=${cursor}`}`);
      expect(history.items).toHaveLength(1);
      kinds.push(history.items[0].kind);
      cursor = history.nextCursor ?? '';
    } while (cursor);
    expect(kinds).toEqual(['mint', 'list', 'sale', 'transfer']);
  });
});

describe('GET /v1/wallets/:address', () => {
  test('gives user, NFTs, balances in base and whole units, platform token and stakes', async () => {
    const body = await get(`/v1/wallets/${BOB}`);
    expect(body).toMatchObject({ address: BOB, chain: 'solana', isPlaceholder: true });
    expect(body.nfts.items.map((item: { tokenId: string }) => item.tokenId)).toEqual([SONG]);
    // 10 minted - 2.5 paid - 1 sent - 3 staked + 0.1 claimed + 1 unstaked
    expect(body.balances).toEqual([
      { chain: 'solana', token: NDT, amount: '4600000000', symbol: 'NDT', decimals: 9, wholeAmount: '4.6' },
    ]);
    expect(body.musicToken).toMatchObject({
      balance: '4.6',
      totalEarned: '0.1',
      totalSpent: '2.5',
      lastClaimed: time(107),
    });
    expect(body.stakes.items).toMatchObject([{ walletAddress: BOB, amount: '2', isActive: true }]);
  });

  test('a token that the configuration does not know has base units only', async () => {
    const { app: other } = testApp(db, { symbols: () => undefined });
    const body = (await other.inject(`/v1/wallets/${MARKET}`)).json();
    await other.close();
    expect(body.balances).toEqual([
      { chain: 'solana', token: NDT, amount: '250000000', symbol: null, decimals: null, wholeAmount: null },
    ]);
  });
});

describe('GET /v1/staking', () => {
  test('gives stakes in whole units with their dates', async () => {
    const { items } = await get('/v1/staking');
    expect(items).toMatchObject([
      {
        chain: 'solana',
        walletAddress: BOB,
        pool: POOL,
        amount: '2',
        apy: '12',
        duration: 30,
        startDate: time(106),
        endDate: new Date((START_TIME + 106 + 30 * 86_400) * 1000).toISOString(),
        claimedRewards: '0.1',
        isActive: true,
        transactionHash: hash('stake'),
        eventIndex: 0,
      },
    ]);
  });

  test.each([
    [`wallet=${BOB}`, 1],
    [`wallet=${ALICE}`, 0],
    ['active=true', 1],
    ['active=false', 0],
    ['chain=solana', 1],
    ['chain=ton', 0],
  ])('filters: %s', async (query, count) => {
    expect((await get(`/v1/staking?${query}`)).items).toHaveLength(count);
  });
});

describe('GET /v1/status', () => {
  test('4 a gap is visible: coverage, gaps up to the finalized block, lag, queue and problems', async () => {
    const body = await get('/v1/status');
    expect(body.version).toBe('1.2.3');
    expect(body.chains).toMatchObject([
      {
        chain: 'solana',
        fingerprint: FINGERPRINT,
        startBlock: 100,
        head: 120,
        headTime: time(120),
        finalized: 115,
        finalizedTime: time(115),
        coverage: [
          { fromBlock: 100, toBlock: 107 },
          { fromBlock: 110, toBlock: 112 },
        ],
        gaps: [
          { fromBlock: 108, toBlock: 109 },
          { fromBlock: 113, toBlock: 115 },
        ],
        missingBlocks: 5,
        owedChecks: 0,
        owedSince: null,
        decodeProblems: 1,
        queue: { waiting: 3, active: 1, delayed: 2, failed: 4, completed: 9 },
        failedJobs: 4,
      },
    ]);
    const [{ lag }] = body.chains;
    expect(lag.blocks).toBe(8);
    // Block 112 was made a second a block after the newest event, at 107.
    expect(Math.abs(lag.seconds - (Date.now() / 1000 - START_TIME - 112))).toBeLessThan(5);
  });

  test('is shown without the queue when the queue cannot be reached, and the log says so', async () => {
    const { app: other, lines } = testApp(db, { queueCounts: () => Promise.reject(new Error('no queue')) });
    const response = await other.inject('/v1/status');
    await other.close();
    expect(response.json().chains).toMatchObject([{ head: 120, queue: null, failedJobs: null }]);
    expect(lines.join()).toContain('no queue');
  });
});

describe('operations', () => {
  test('/health lives without a database', async () => {
    expect(await get('/health')).toMatchObject({ status: 'ok', version: '1.2.3' });
  });

  test('/ready says why not, with 503', async () => {
    expect(await get('/ready')).toEqual({ ready: true, reasons: [] });
    const { app: other } = testApp(db, {
      readiness: async () => ({ ready: false, reasons: ['solana: the head does not move'] }),
    });
    const response = await other.inject('/ready');
    await other.close();
    expect(response.statusCode).toBe(503);
    expect(response.json()).toEqual({ ready: false, reasons: ['solana: the head does not move'] });
  });

  test('/metrics is Prometheus text and counts requests by route and status, never by address', async () => {
    const { app: other } = testApp(db, { metrics: new Registry() });
    await other.inject(`/v1/nfts/${SONG}`);
    await other.inject('/v1/nfts/bad');
    const response = await other.inject('/metrics');
    await other.close();
    expect(response.headers['content-type']).toContain('text/plain');
    const lines = response.body.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    for (const line of lines) expect(line).toMatch(/^[a-z_]+(\{([a-z_]+="[^"]*",?)*\})? [\d.e+-]+$/);
    expect(response.body).toContain(
      'ndx_http_request_seconds_count{method="GET",route="/v1/nfts/:tokenId",status="200"} 1',
    );
    expect(response.body).toContain(
      'ndx_http_request_seconds_count{method="GET",route="/v1/nfts/:tokenId",status="400"} 1',
    );
    expect(response.body).not.toContain(SONG);
  });
});

describe('OpenAPI', () => {
  const ROUTES: Record<string, string> = {
    '/v1/transactions': '/v1/transactions',
    '/v1/transactions/{hash}': `/v1/transactions/${hash('sale')}`,
    '/v1/nfts': '/v1/nfts',
    '/v1/nfts/{tokenId}': `/v1/nfts/${SONG}`,
    '/v1/wallets/{address}': `/v1/wallets/${BOB}`,
    '/v1/staking': '/v1/staking',
    '/v1/status': '/v1/status',
    '/v1/stream': '/v1/stream',
    '/v1/events': '/v1/events?after=0.1.0',
    '/health': '/health',
    '/ready': '/ready',
    '/metrics': '/metrics',
    '/openapi.json': '/openapi.json',
  };

  test('the document lists every route, with parameters, responses and unique ids; all references resolve', async () => {
    const document = await get('/openapi.json');
    expect(document.openapi).toMatch(/^3\.1\./);
    expect(document.info).toMatchObject({ version: '1.2.3' });
    expect(Object.keys(document.paths).sort()).toEqual(Object.keys(ROUTES).sort());
    const ids = Object.values<{ get: { operationId: string } }>(document.paths).map(
      (path) => path.get.operationId,
    );
    expect(new Set(ids).size).toBe(ids.length);
    for (const [path, { get: operation }] of Object.entries<{ get: Operation }>(document.paths)) {
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      expect(
        (operation.parameters ?? []).filter((parameter) => parameter.in === 'path').map(({ name }) => name),
      ).toEqual(inPath);
      for (const response of Object.values(operation.responses)) expect(response.description).not.toBe('');
      if (path.startsWith('/v1'))
        expect(Object.keys(operation.responses)).toEqual(
          expect.arrayContaining(['200', '400', '500', '503']),
        );
    }
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)].map(
      ([, name]) => name ?? '',
    );
    expect(references.length).toBeGreaterThan(0);
    for (const name of references) expect(document.components.schemas).toHaveProperty(name);
  });

  test('parameters have their types and bounds', async () => {
    const document = await get('/openapi.json');
    const parameters = document.paths['/v1/transactions'].get.parameters as {
      name: string;
      in: string;
      required?: boolean;
      schema: object;
    }[];
    expect(parameters.map(({ name }) => name)).toEqual([
      'chain',
      'type',
      'status',
      'wallet',
      'nft',
      'fromBlock',
      'toBlock',
      'cursor',
      'limit',
    ]);
    expect(parameters.every((parameter) => parameter.in === 'query' && !parameter.required)).toBe(true);
    expect(parameters.at(-1)?.schema).toEqual({ type: 'integer', minimum: 1, maximum: 200 });
  });

  // The stream's answer is no JSON, and has no end: stream.test.ts.
  test.each(Object.entries(ROUTES).filter(([path]) => !['/metrics', '/v1/stream'].includes(path)))(
    '%s answers what the document says',
    async (path, url) => {
      const document = await get('/openapi.json');
      const { schema } = document.paths[path].get.responses['200'].content['application/json'];
      const inlined = JSON.parse(
        JSON.stringify({ ...schema, $defs: document.components.schemas }).replaceAll(
          '#/components/schemas/',
          '#/$defs/',
        ),
      );
      const result = z.fromJSONSchema(inlined).safeParse(await get(url));
      expect(result.error?.message).toBeUndefined();
    },
  );

  test('/ leads to /docs', async () => {
    const response = await app.inject('/');
    expect([response.statusCode, response.headers.location]).toEqual([302, '/docs']);
  });

  test('/docs is a page, also where no https is served', async () => {
    const response = await app.inject('/docs/');
    expect(response.headers['content-security-policy']).toContain("default-src 'self'");
    expect(response.headers['content-security-policy']).not.toContain('upgrade-insecure-requests');
    expect(response.statusCode).toBe(200);
    expect(response.headers['content-type']).toContain('text/html');
    expect(response.headers['content-security-policy']).toContain("default-src 'self'");
  });
});

interface Operation {
  readonly parameters?: { name: string; in: string }[];
  readonly responses: Record<string, { description: string }>;
}
