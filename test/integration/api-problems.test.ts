/**
 * Bad input and bad days: each gives its documented problem (docs/api.md), and nothing of the inside gets
 * out.
 */
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PROBLEMS } from '../../src/api/problem-types.js';
import { createDatabase, type Database } from '../../src/store/database.js';
import { createReadClass } from '../../src/store/reads.js';
import { hash } from '../support/addresses.js';
import { ALICE, BOB, SONG, testApp, writeHistory } from '../support/api.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { eventually } from '../support/eventually.js';

let server: TestDatabase;
let db: Database;
let app: ReturnType<typeof testApp>['app'];

beforeAll(async () => {
  server = await createTestDatabase();
  db = createDatabase({ url: server.url, poolSize: 4, statementTimeout: 300 });
  await writeHistory(db);
  app = testApp(db).app;
});

afterAll(async () => {
  await app?.close();
  await db?.close();
  await server?.drop();
});

const encode = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const FRIENDLY = 'EQDtFpEwcFAEcRe5mLVh2N6C0x-_hJEM7W61_JLnSF74p4q2';

describe('a wrong parameter', () => {
  test.each([
    ['/v1/transactions?limit=0', 'query', 'limit'],
    ['/v1/transactions?limit=201', 'query', 'limit'],
    ['/v1/transactions?limit=ten', 'query', 'limit'],
    ['/v1/transactions?limit=1e2', 'query', 'limit'],
    ['/v1/transactions?limit=', 'query', 'limit'],
    ['/v1/transactions?limit=1&limit=2', 'query', 'limit'],
    ['/v1/transactions?chain=bitcoin', 'query', 'chain'],
    ['/v1/transactions?type=airdrop', 'query', 'type'],
    ['/v1/transactions?status=done', 'query', 'status'],
    ['/v1/transactions?wallet=0xdeadbeef', 'query', 'wallet'],
    [`/v1/transactions?wallet=${ALICE}1`, 'query', 'wallet'],
    [`/v1/transactions?nft=${hash('sale')}`, 'query', 'nft'],
    ['/v1/transactions?chain=solana&fromBlock=-1', 'query', 'fromBlock'],
    ['/v1/transactions?fromBlock=5', 'query', 'chain'],
    ['/v1/transactions?chain=solana&fromBlock=6&toBlock=5', 'query', 'fromBlock'],
    ['/v1/transactions?cursor=abc', 'query', 'cursor'],
    ['/v1/transactions?cursor=%21', 'query', 'cursor'],
    [`/v1/transactions?cursor=${encode('null')}`, 'query', 'cursor'],
    [
      `/v1/transactions?cursor=${encode({ list: 'nfts', time: '2025-01-01T00:00:00.000Z', id: 'a' })}`,
      'query',
      'cursor',
    ],
    [
      `/v1/transactions?cursor=${encode({ list: 'transactions', time: "2025'; --", id: 'a' })}`,
      'query',
      'cursor',
    ],
    [
      `/v1/transactions?cursor=${encode({ list: 'transactions', time: '2025-02-30T00:00:00.000Z', id: 'a' })}`,
      'query',
      'cursor',
    ],
    [
      `/v1/transactions?cursor=${encode({ list: 'transactions', time: '2025-01-01T00:00:00.000Z' })}`,
      'query',
      'cursor',
    ],
    ['/v1/transactions?page=2', 'query', 'page'],
    ['/v1/nfts?Owner=x', 'query', 'Owner'],
    ['/v1/nfts?owner=bad', 'query', 'owner'],
    ['/v1/nfts?creator=bad', 'query', 'creator'],
    ['/v1/nfts?collection=bad', 'query', 'collection'],
    ['/v1/nfts?listed=yes', 'query', 'listed'],
    ['/v1/nfts?burned=1', 'query', 'burned'],
    ['/v1/staking?active=maybe', 'query', 'active'],
    ['/v1/staking?wallet=bad', 'query', 'wallet'],
    ['/v1/status?verbose=1', 'query', 'verbose'],
    ['/v1/transactions/bad', 'path', 'hash'],
    [`/v1/transactions/${ALICE}`, 'path', 'hash'],
    [`/v1/transactions/${'a'.repeat(1500)}`, 'path', 'hash'],
    ['/v1/nfts/bad', 'path', 'tokenId'],
    [
      `/v1/nfts/${SONG}?cursor=${encode({ list: 'history', block: -1, transactionIndex: 0, eventIndex: 0 })}`,
      'query',
      'cursor',
    ],
    [
      `/v1/nfts/${SONG}?cursor=${encode({ list: 'history', block: 1, transactionIndex: 1e12, eventIndex: 0 })}`,
      'query',
      'cursor',
    ],
    ['/v1/wallets/bad', 'path', 'address'],
    [`/v1/wallets/${BOB}?x=1`, 'query', 'x'],
    [`/v1/wallets/0:${'g'.repeat(64)}`, 'path', 'address'],
    [`/v1/wallets/${FRIENDLY.replace('q2', 'q3')}`, 'path', 'address'],
  ])('%s → 400 that names it', async (url, where, field) => {
    const response = await app.inject(url);
    expect(response.statusCode, response.body).toBe(400);
    expect(response.headers['content-type']).toContain('application/problem+json');
    const problem = response.json();
    expect(problem).toMatchObject({
      type: 'urn:ndx:problem:invalid-parameter',
      title: 'A parameter is wrong',
      status: 400,
    });
    expect(problem.errors).toEqual([{ in: where, field, message: expect.stringMatching(/.+/) }]);
    expect(problem.detail).toContain(field);
    expect(problem.instance).toBe(`urn:ndx:request:${response.headers['x-request-id']}`);
  });

  test('several at once are all named', async () => {
    const { errors } = (await app.inject('/v1/transactions?limit=0&a=1&b=2')).json();
    expect(errors.map((error: { field: string }) => error.field)).toEqual(['limit', 'a', 'b']);
  });

  test('TON addresses are taken raw in any case and user-friendly, and are the same wallet', async () => {
    const raw = '0:ed169130705004711b998b561d8de82d31fbf84910ced6eb5fc92e7485ef8a78';
    for (const text of [raw, raw.toUpperCase(), FRIENDLY]) {
      const response = await app.inject(`/v1/wallets/${encodeURIComponent(text)}`);
      expect(response.json(), text).toMatchObject({
        status: 404,
        detail: 'no wallet of ours has this address',
      });
    }
  });
});

describe('nothing there', () => {
  test.each([
    [`/v1/transactions/${hash('unknown')}`],
    [`/v1/nfts/${ALICE}`],
    [`/v1/wallets/${SONG}`],
    ['/v1'],
    ['/v1/nothing'],
    ['/v1/transactions/'],
    ['/v2/transactions'],
  ])('%s → 404', async (url) => {
    const response = await app.inject(url);
    // `/v1/transactions/` is the route of an empty hash.
    if (url === '/v1/transactions/') expect([400, 404]).toContain(response.statusCode);
    else expect(response.json()).toMatchObject({ type: 'urn:ndx:problem:not-found', status: 404 });
    expect(response.headers['content-type']).toContain('application/problem+json');
  });
});

describe('the request itself', () => {
  test.each(['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const)(
    '%s → 405 with what is allowed, whatever the body',
    async (method) => {
      for (const url of ['/v1/transactions', `/v1/nfts/${SONG}`, '/health']) {
        const response = await app.inject({
          method,
          url,
          headers: { 'content-type': 'application/json' },
          payload: '{bad',
        });
        expect(response.statusCode).toBe(405);
        expect(response.headers.allow).toBe('GET, HEAD');
        expect(response.json()).toMatchObject({ type: 'urn:ndx:problem:method-not-allowed' });
      }
    },
  );

  test('HEAD answers as GET, without a body', async () => {
    const response = await app.inject({ method: 'HEAD', url: '/v1/transactions' });
    expect(response.statusCode).toBe(200);
    expect(response.body).toBe('');
  });

  test('too long an address → 414', async () => {
    const response = await app.inject(`/v1/transactions?cursor=${'a'.repeat(3000)}`);
    expect(response.json()).toMatchObject({ type: 'urn:ndx:problem:uri-too-long', status: 414 });
  });

  test('an address that cannot be decoded → 400', async () => {
    const response = await app.inject('/v1/wallets/%zz');
    expect(response.statusCode).toBe(400);
    expect(response.json()).toMatchObject({ type: 'urn:ndx:problem:malformed-request' });
  });

  test('bytes that are not HTTP → 400 on the socket', async () => {
    const { app: own } = testApp(db);
    await own.listen({ port: 0, host: '127.0.0.1' });
    const { port } = own.server.address() as { port: number };
    const answer = await new Promise<string>((done, fail) => {
      const socket = connect(port, '127.0.0.1', () => socket.write('nonsense\r\n\r\n'));
      let text = '';
      socket.setTimeout(5_000, () => fail(new Error('no answer')));
      socket.on('data', (chunk) => {
        text += chunk;
      });
      socket.on('error', fail);
      socket.on('close', () => done(text));
    });
    await own.close();
    expect(answer).toContain('HTTP/1.1 400 Bad Request');
    expect(answer).toContain('urn:ndx:problem:malformed-request');
  });
});

describe('a client that asks for too much', () => {
  /**
   * Sends the requests behind each other on one connection. @returns what came back until it was closed or
   * `answers` had come
   */
  async function pipelined(port: number, requests: number, answers: number): Promise<string> {
    const socket = connect(port, '127.0.0.1');
    let text = '';
    socket.on('error', () => undefined);
    socket.write('GET /v1/transactions HTTP/1.1\r\nhost: a\r\n\r\n'.repeat(requests));
    for await (const chunk of socket) {
      text += String(chunk);
      if (text.split('HTTP/1.1 200').length > answers) break;
    }
    socket.destroy();
    return text;
  }

  test('requests behind each other are answered in order; a connection with too many is closed, others go on', async () => {
    const { app: own } = testApp(db);
    await own.listen({ port: 0, host: '127.0.0.1' });
    const { port } = own.server.address() as { port: number };
    expect((await pipelined(port, 8, 8)).split('HTTP/1.1 200')).toHaveLength(9);
    await Promise.all(Array.from({ length: 100 }, () => pipelined(port, 200, 200)));
    // Nothing that they asked for beyond the bound is worked off before this one.
    const asked = () => fetch(`http://127.0.0.1:${port}/v1/transactions?limit=1`);
    await eventually(async () => expect((await asked()).status).toBe(200));
    await own.close();
  });

  test('who goes away takes his query with him, in PostgreSQL, too', async () => {
    const patient = createDatabase({ url: server.url, poolSize: 2 });
    const lists = createReadClass({ pool: patient.pool, control: db.pool, mostWaiting: 2 });
    const { app: own, lines } = testApp(db, { lists });
    await own.listen({ port: 0, host: '127.0.0.1' });
    const { port } = own.server.address() as { port: number };
    const locking = await db.pool.connect();
    const waiting = async (): Promise<number> => {
      const { rows } = await db.pool.query<{ n: number }>(
        `SELECT count(*)::int AS n FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`,
      );
      return rows[0]?.n ?? -1;
    };
    try {
      await locking.query('BEGIN; LOCK TABLE "Transaction" IN ACCESS EXCLUSIVE MODE');
      const gone = new AbortController();
      const asked = fetch(`http://127.0.0.1:${port}/v1/transactions`, { signal: gone.signal });
      await eventually(async () => expect(await waiting()).toBe(1));
      gone.abort();
      await expect(asked).rejects.toThrow();
      await eventually(async () => expect(await waiting()).toBe(0));
    } finally {
      await locking.query('ROLLBACK');
      locking.release();
    }
    expect(lines.join()).not.toContain('request failed');
    await own.close();
    await patient.close();
  });

  test('lists that wait for a connection are bounded, and single rows have connections of their own', async () => {
    const few = createDatabase({ url: server.url, poolSize: 1 });
    const lists = createReadClass({ pool: few.pool, control: db.pool, mostWaiting: 2 });
    const { app: own } = testApp(db, { lists });
    const held = await few.pool.connect();
    const asked = Array.from({ length: 6 }, () => own.inject('/v1/nfts'));
    await eventually(() => expect(few.pool.waitingCount).toBe(2));
    expect((await own.inject(`/v1/transactions/${hash('mint')}`)).statusCode).toBe(200);
    held.release();
    const answers = await Promise.all(asked);
    expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([200, 200, 503, 503, 503, 503]);
    expect(answers.find(({ statusCode }) => statusCode === 503)?.json()).toMatchObject({
      type: 'urn:ndx:problem:overloaded',
    });
    await own.close();
    await few.close();
  });
});

describe('a bad day', () => {
  test('database not reachable → 503 with Retry-After, while /health lives', async () => {
    const down = createDatabase({ url: 'postgresql://user:hidden-password@127.0.0.1:1/none' });
    const { app: own, lines } = testApp(down);
    for (const url of ['/v1/transactions', `/v1/wallets/${BOB}`, '/v1/status']) {
      const response = await own.inject(url);
      expect(response.statusCode, response.body).toBe(503);
      expect(response.json()).toMatchObject({ type: 'urn:ndx:problem:database-unavailable' });
      expect(response.headers['retry-after']).toBe('5');
      expect(response.body).not.toContain('127.0.0.1');
    }
    expect((await own.inject('/health')).statusCode).toBe(200);
    expect(lines.join()).toContain('ECONNREFUSED');
    expect(lines.join()).not.toContain('hidden-password');
    await own.close();
    await down.close();
  });

  test('database without tables → 503 that says what to do', async () => {
    const bare = await createTestDatabase({ empty: true });
    const empty = createDatabase({ url: bare.url });
    const { app: own } = testApp(empty);
    const response = await own.inject('/v1/transactions');
    await own.close();
    await empty.close();
    await bare.drop();
    expect(response.statusCode).toBe(503);
    expect(response.json().detail).toContain('ndx db migrate');
  });

  test('a query that takes too long is cancelled → 503', async () => {
    const client = await db.pool.connect();
    try {
      await client.query('BEGIN; LOCK TABLE "Transaction" IN ACCESS EXCLUSIVE MODE');
      const response = await app.inject('/v1/transactions');
      expect(response.json()).toMatchObject({ type: 'urn:ndx:problem:query-timeout', status: 503 });
    } finally {
      await client.query('ROLLBACK');
      client.release();
    }
    expect((await app.inject('/v1/transactions')).statusCode).toBe(200);
  });

  test('our own mistake → 500 that says nothing; the log says it all under the same id', async () => {
    const { app: own, lines } = testApp(db, {
      symbols: () => {
        throw new Error('secret inside');
      },
    });
    const response = await own.inject({ url: `/v1/wallets/${BOB}`, headers: { 'x-request-id': 'my-id' } });
    await own.close();
    expect(response.statusCode).toBe(500);
    expect(response.json()).toEqual({
      type: 'urn:ndx:problem:internal',
      title: 'The server made a mistake',
      status: 500,
      detail: 'the log has the cause under the id in `instance`',
      instance: 'urn:ndx:request:my-id',
    });
    const line = lines.find((text) => text.includes('secret inside'));
    expect(line).toContain('"reqId":"my-id"');
  });

  test('readiness that throws or never answers → 503', async () => {
    const { app: own } = testApp(db, { readiness: () => Promise.reject(new Error('secret inside')) });
    const response = await own.inject('/ready');
    await own.close();
    expect(response.statusCode).toBe(503);
    expect(response.json()).toEqual({ ready: false, reasons: ['readiness cannot be told: see the log'] });
  });
});

describe('headers', () => {
  test('secrets of a request do not reach the log', async () => {
    const { app: own, lines } = testApp(db, {
      symbols: () => {
        throw new Error('failure');
      },
    });
    for (const url of ['/v1/transactions', '/v1/transactions?token=hidden', `/v1/wallets/${BOB}`])
      await own.inject({ url, headers: { authorization: 'Bearer hidden', cookie: 'session=hidden' } });
    await own.close();
    expect(lines.length).toBeGreaterThan(3);
    expect(lines.join()).not.toContain('hidden');
  });

  test('browsers may not sniff, frame or read across origins', async () => {
    const { headers } = await app.inject({
      url: '/v1/transactions',
      headers: { origin: 'https://example.org' },
    });
    expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY' });
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(headers).not.toHaveProperty('access-control-allow-origin');
  });

  test('a request id that could do harm is replaced', async () => {
    const { headers } = await app.inject({ url: '/health', headers: { 'x-request-id': 'a"b\\c' } });
    expect(headers['x-request-id']).toMatch(/^[\w-]{36}$/);
  });

  test('an unchanged answer is not sent again', async () => {
    const first = await app.inject('/v1/transactions');
    const again = await app.inject({
      url: '/v1/transactions',
      headers: { 'if-none-match': String(first.headers.etag) },
    });
    expect([again.statusCode, again.body]).toEqual([304, '']);
    const other = await app.inject({
      url: '/v1/transactions?limit=1',
      headers: { 'if-none-match': String(first.headers.etag) },
    });
    expect(other.statusCode).toBe(200);
    expect((await app.inject('/health')).headers['cache-control']).toBe('no-store');
  });
});

test('docs/api.md names every problem type with its status, and no other', () => {
  const text = readFileSync('docs/api.md', 'utf8');
  const documented = [...text.matchAll(/^\| `([a-z-]+)` \| (\d{3}) \|/gm)].map(
    ([, type, status]) => `${type} ${status}`,
  );
  expect(documented.sort()).toEqual(
    Object.entries(PROBLEMS)
      .map(([type, { status }]) => `${type} ${status}`)
      .sort(),
  );
});
