import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { address, type FakeRpc, type Fault, startFakeRpc } from '../../../../test/support/fake-solana-rpc.js';
import { silentLog } from '../../../../test/support/silent-log.js';
import type { Endpoint } from '../../http/endpoint.js';
import { RpcError } from '../../http/errors.js';
import { askConnection } from './connection.js';
import { createRpcPool, type RpcPool } from './pool.js';

const SECRET = /PATHSECRET|QUERYSECRET|HEADERSECRET/;
let a: FakeRpc;
let b: FakeRpc;
let asked: string[];
const pools: RpcPool[] = [];

beforeEach(async () => {
  [a, b] = await Promise.all([startFakeRpc(), startFakeRpc()]);
  a.head = 1;
  b.head = 2;
  asked = [];
});
afterEach(async () => {
  await Promise.all([...pools.splice(0).map((pool) => pool.close()), a.close(), b.close()]);
});

function poolOf(endpoints: readonly Endpoint[], retries = 0): RpcPool {
  const metrics = {
    onRequest: (_: string, method: string, outcome: string) => void asked.push(`${method} ${outcome}`),
  };
  const pool = createRpcPool({ endpoints, log: silentLog, metrics, concurrency: 8, retries, backoffMs: 5 });
  pools.push(pool);
  return pool;
}
const secret = (server: FakeRpc): Endpoint => ({
  url: `${server.url}/v2/PATHSECRET?api-key=QUERYSECRET`,
  headers: { 'x-token': 'HEADERSECRET' },
});
const slot = (pool: RpcPool, signal = new AbortController().signal, timeoutMs = 120_000) =>
  askConnection(pool, 'getSlot', (connection) => connection.getSlot('confirmed'), { signal, timeoutMs });

async function failure(fault: Fault, timeoutMs?: number): Promise<RpcError> {
  a.fault = () => fault;
  const error: unknown = await slot(poolOf([secret(a)]), undefined, timeoutMs).catch((reason) => reason);
  expect(error).toBeInstanceOf(RpcError);
  const rpc = error as RpcError;
  expect(`${rpc.message} ${rpc.stack} ${String(rpc.cause)}`).not.toMatch(SECRET);
  expect(rpc.message).toContain(a.url);
  return rpc;
}

describe("the SDK's Connection over the pool", () => {
  test("sends the endpoint's own path, query and headers, and counts the request by its method", async () => {
    expect(await slot(poolOf([secret(a)]))).toEqual({ value: 1, endpoint: a.url });
    expect(a.requests).toMatchObject([{ method: 'getSlot', path: '/v2/PATHSECRET?api-key=QUERYSECRET' }]);
    expect(asked).toEqual(['getSlot ok']);
  });

  test.each([
    [{ status: 500 }, 'http'],
    [{ error: { code: -32603, message: 'Internal error' } }, 'rpc'],
    [{ result: 'seven' }, 'bad-response'],
    [{ truncate: 20 }, 'bad-response'],
    [{ cut: 20 }, 'unreachable'],
    [{ stall: true }, 'timeout'],
    [{ status: 429 }, 'rate-limited'],
  ] satisfies [Fault, string][])('asks another endpoint after %j', async (fault, outcome) => {
    a.fault = () => fault;
    const pool = poolOf([secret(a), { url: b.url }]);
    // Short where one stalls, and long enough for the other on a busy machine.
    const limit = outcome === 'timeout' ? 2_000 : undefined;
    // Whichever is asked first: until both have been.
    for (let i = 0; i < 20 && !asked.includes(`getSlot ${outcome}`); i += 1)
      expect((await slot(pool, undefined, limit)).value).toBe(2);
    expect(asked).toContain(`getSlot ${outcome}`);
  });

  test.each([
    [{ status: 401, body: 'key QUERYSECRET unknown' }, 'RPC_UNAUTHORIZED', false, 'SOLANA_RPC_API_KEY'],
    [{ status: 429, headers: { 'retry-after': '3' } }, 'RPC_RATE_LIMITED', true, '429'],
    [{ error: { code: -32005, message: 'behind, PATHSECRET' } }, 'RPC_ERROR', true, 'behind'],
    [{ error: { code: -32602, message: 'Invalid params' } }, 'RPC_ERROR', false, '-32602'],
    [{ result: 'HEADERSECRET' }, 'RPC_BAD_RESPONSE', true, 'result: Expected a number'],
    [{ truncate: 9 }, 'RPC_BAD_RESPONSE', true, 'not JSON'],
    [{ status: 200, body: '' }, 'RPC_BAD_RESPONSE', true, 'getSlot'],
    [{ status: 200, body: '[]' }, 'RPC_BAD_RESPONSE', true, 'getSlot'],
  ] satisfies [Fault, string, boolean, string][])('says what %j is', async (fault, code, retryable, text) => {
    const error = await failure(fault);
    expect(error).toMatchObject({ code, retryable });
    expect(error.message).toContain(text);
    expect(a.requests).toHaveLength(1);
  });

  test('reads no answer that is far larger than what was asked for, and blames the endpoint', async () => {
    const error = await failure({ result: 'x'.repeat(17 * 1024 * 1024) });
    expect(error).toMatchObject({ code: 'RPC_BAD_RESPONSE', retryable: true });
    expect(error.message).toContain(`more than ${16 * 1024 * 1024} bytes`);
    expect(error.message.length).toBeLessThan(500);
  });

  test('waits no longer than its time limit', async () => {
    expect(await failure({ stall: true }, 50)).toMatchObject({ code: 'RPC_TIMEOUT', retryable: true });
  });

  test("stops with the caller's reason, whatever that is", async () => {
    a.fault = () => ({ stall: true });
    for (const reason of [new Error('shutting down'), 'no error at all']) {
      const controller = new AbortController();
      const asking = slot(poolOf([{ url: a.url }], 5), controller.signal, 60_000);
      setTimeout(() => controller.abort(reason), 20);
      await expect(asking).rejects.toBe(reason);
    }
  });

  test('opens no websocket, and leaves nothing behind that keeps the process alive', async () => {
    const pool = poolOf([{ url: a.url }]);
    await slot(pool);
    const before = process.getActiveResourcesInfo().length;
    for (let i = 0; i < 50; i += 1) await slot(pool);
    // Sockets and timers of the transport itself come and go.
    expect(process.getActiveResourcesInfo().length).toBeLessThan(before + 10);
    expect(a.websockets()).toBe(0);
  });

  test('names the field deep in an answer that the SDK refuses', async () => {
    const item = { address: address(1), amount: 5, decimals: 0, uiAmount: 5 };
    a.fault = () => ({ result: { context: { slot: 1 }, value: [item] } });
    const { PublicKey } = await import('@solana/web3.js');
    const asking = askConnection(
      poolOf([{ url: a.url }]),
      'getTokenLargestAccounts',
      (connection) => connection.getTokenLargestAccounts(new PublicKey(address(2))),
      { signal: new AbortController().signal, timeoutMs: 120_000 },
    );
    await expect(asking).rejects.toThrow('result.value.0.amount: Expected a string');
  });
});
