import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { silentLog } from '../../../../test/support/silent-log.js';
import { RpcError } from '../../http/errors.js';
import { createTonPool, type TonPool } from '../pool.js';
import type { TonEndpointConfig } from './config.js';

const SECRET = /PATHSECRET|QUERYSECRET|HEADERSECRET/;
const HASH = Buffer.alloc(32, 7);
const ACCOUNT = `0:${'1'.repeat(64)}`;
const id = { workchain: -1, shard: '-9223372036854775808', seqno: 5, rootHash: '', fileHash: '' };
const master = { ...id, rootHash: HASH.toString('base64'), transactions: [] };
const latest = {
  last: id,
  init: { fileHash: '', rootHash: '' },
  stateRootHash: '',
  now: 1,
};

interface Answer {
  readonly status?: number;
  readonly json?: unknown;
  readonly text?: string;
  readonly stall?: true;
}
let servers: Server[];
let urls: string[];
let answers: (Answer | undefined)[];
let requests: { url: string; body: string; headers: IncomingMessage['headers'] }[];
const pools: TonPool[] = [];
let asked: string[];

beforeEach(async () => {
  answers = [];
  requests = [];
  asked = [];
  servers = [0, 1].map((index) =>
    createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        requests.push({ url: request.url ?? '', body, headers: request.headers });
        const { status = 200, json, text, stall } = answers[index] ?? { json: latest };
        if (stall) return;
        response.writeHead(status, { 'content-type': 'application/json' });
        response.end(text ?? JSON.stringify(json));
      });
    }),
  );
  for (const server of servers) await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  urls = servers.map((server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.close()));
  for (const server of servers) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

function poolOf(endpoints: readonly TonEndpointConfig[], timeoutMs = 120_000, retries = 0): TonPool {
  const metrics = {
    onRequest: (_: string, method: string, outcome: string) => void asked.push(`${method} ${outcome}`),
  };
  const options = { log: silentLog, metrics, concurrency: 4, retries, backoffMs: 5, timeoutMs };
  const pool = createTonPool({ endpoints, ...options });
  pools.push(pool);
  return pool;
}
const secret = (index: number, kind: TonEndpointConfig['kind'] = 'v4'): TonEndpointConfig => ({
  kind,
  url: `${urls[index]}/PATHSECRET/x?api-key=QUERYSECRET`,
  headers: { 'x-api-key': 'HEADERSECRET' },
});
const newest = (pool: TonPool, signal = new AbortController().signal) =>
  pool.ask('newest', ({ sdk }) => sdk?.newest({ signal }) ?? Promise.reject(new Error('no SDK')), { signal });

async function failure(
  answer: Answer,
  { kind = 'v4' as TonEndpointConfig['kind'], timeoutMs = 120_000 } = {},
): Promise<RpcError> {
  answers[0] = answer;
  const error: unknown = await newest(poolOf([secret(0, kind)], timeoutMs)).catch((reason) => reason);
  expect(error).toBeInstanceOf(RpcError);
  const rpc = error as RpcError;
  expect(`${rpc.message} ${rpc.stack} ${String(rpc.cause)}`).not.toMatch(SECRET);
  expect(rpc.message).toContain(urls[0]);
  return rpc;
}

describe("the SDK's clients over the pool", () => {
  test("send the endpoint's own path, query and headers, and count the request", async () => {
    expect((await newest(poolOf([secret(0)]))).value).toBe(5);
    expect(requests).toMatchObject([
      {
        url: '/PATHSECRET/x/block/latest?api-key=QUERYSECRET',
        headers: { 'x-api-key': 'HEADERSECRET' },
      },
    ]);
    expect(asked).toEqual(['newest ok']);
  });

  test.each([
    [{ status: 500, json: { message: 'LITE_SERVER_UNKNOWN' } }, 'http'],
    [{ json: { last: {} } }, 'bad-response'],
    [{ text: '{"last":' }, 'bad-response'],
    [{ status: 429 }, 'rate-limited'],
    [{ stall: true }, 'timeout'],
  ] satisfies [Answer, string][])('another endpoint is asked after %j', async (answer, outcome) => {
    answers[0] = answer;
    // Short where one stalls, and long enough for the other on a busy machine.
    const limit = outcome === 'timeout' ? 2_000 : undefined;
    const pool = poolOf([secret(0), { kind: 'v4', url: urls[1] ?? '' }], limit);
    // Whichever is asked first: until both have been.
    for (let i = 0; i < 20 && !asked.includes(`newest ${outcome}`); i += 1)
      expect((await newest(pool)).value).toBe(5);
    expect(asked).toContain(`newest ${outcome}`);
  });

  test.each([
    [{ status: 403, text: 'HEADERSECRET is unknown' }, 'RPC_UNAUTHORIZED', false, 'TON_API_KEY'],
    [{ json: { ...latest, last: { ...id, seqno: -1 } } }, 'RPC_BAD_RESPONSE', true, 'last.seqno'],
    [{ json: { last: 'QUERYSECRET' } }, 'RPC_BAD_RESPONSE', true, '/block/latest'],
    [{ status: 404, json: { error: 'block not found' } }, 'BLOCK_UNAVAILABLE', true, 'not there yet'],
  ] satisfies [Answer, string, boolean, string][])('TonClient4: says what %j is', async (...row) => {
    const [answer, code, retryable, text] = row;
    const error = await failure(answer);
    expect(error).toMatchObject({ code, retryable });
    expect(error.message).toContain(text);
  });

  test.each([
    [{ json: { ok: false, error: 'Ratelimit exceed', code: 429 } }, 'RPC_RATE_LIMITED'],
    [{ json: { ok: false, error: 'LITE_SERVER_NOTREADY', code: 500 } }, 'BLOCK_UNAVAILABLE'],
    [{ json: { ok: true, result: { last: 'PATHSECRET' } } }, 'RPC_BAD_RESPONSE'],
    [{ json: ['PATHSECRET'] }, 'RPC_BAD_RESPONSE'],
  ] satisfies [Answer, string][])('TonClient: says what %j is', async (answer, code) => {
    expect(await failure(answer, { kind: 'toncenter-v2' })).toMatchObject({ code, retryable: true });
  });

  test('TonClient is made to ask for the block', async () => {
    answers[0] = { json: { ok: true, result: { gas_used: 1, exit_code: 0, stack: [['num', '-0x7']] } } };
    const { signal } = new AbortController();
    const { value } = await poolOf([secret(0, 'toncenter-v2')]).ask(
      'run',
      async ({ sdk }) => sdk?.run(ACCOUNT, 'get_x', [{ type: 'int', value: 3n }], 41, { signal }),
      { signal },
    );
    expect(value).toEqual({ exitCode: 0, stack: [{ type: 'int', value: -7n }] });
    expect(requests[0]?.url).toBe('/PATHSECRET/x/jsonRPC?api-key=QUERYSECRET');
    expect(JSON.parse(requests[0]?.body ?? '')).toMatchObject({
      method: 'runGetMethod',
      params: { method: 'get_x', stack: [['num', '3']], seqno: 41 },
    });
  });

  test('no answer is read that is far larger than what was asked for, and the endpoint is blamed', async () => {
    const error = await failure({ json: 'x'.repeat(17 * 1024 * 1024) });
    expect(error).toMatchObject({ code: 'RPC_BAD_RESPONSE', retryable: true });
    expect(error.message).toContain(`more than ${16 * 1024 * 1024} bytes`);
  });

  test("stop with the caller's reason, whatever that is", async () => {
    answers[0] = { stall: true };
    for (const reason of [new Error('shutting down'), 'no error at all']) {
      const controller = new AbortController();
      const asking = newest(poolOf([secret(0)], 60_000, 5), controller.signal);
      setTimeout(() => controller.abort(reason), 20);
      await expect(asking).rejects.toBe(reason);
    }
  });

  test('the first block is found by its masterchain block, and one that is not there is no wrong answer', async () => {
    const { signal } = new AbortController();
    const rootHash = () =>
      poolOf([secret(0)]).ask('genesis', (endpoint) => endpoint.rootHash(1, { signal }), { signal });
    answers[0] = { json: { exist: true, block: { shards: [master] } } };
    expect((await rootHash()).value).toBe(HASH.toString('hex'));
    answers[0] = { json: { exist: false } };
    await expect(rootHash()).rejects.toMatchObject({ code: 'BLOCK_UNAVAILABLE' });
    answers[0] = { json: { exist: true, block: { shards: [{ ...master, rootHash: 'AA==' }] } } };
    await expect(rootHash()).rejects.toThrow('rootHash');
  });
});
