import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type FakeRpc, startFakeRpc } from '../../../../test/support/fake-solana-rpc.js';
import { silentLog } from '../../../../test/support/silent-log.js';
import type { Endpoint } from '../../http/endpoint.js';
import { createRpcPool, type RpcPool } from './pool.js';

const signal = new AbortController().signal;
let a: FakeRpc;
let b: FakeRpc;
const pools: RpcPool[] = [];
const outcomes: string[] = [];

beforeEach(async () => {
  a = await startFakeRpc();
  b = await startFakeRpc();
  a.head = 1;
  b.head = 2;
  outcomes.length = 0;
});
afterEach(async () => {
  await Promise.all([...pools.splice(0).map((pool) => pool.close()), a.close(), b.close()]);
});

function poolOf(endpoints: readonly Endpoint[], retries = 2): RpcPool {
  const metrics = { onRequest: (_: string, __: string, outcome: string) => outcomes.push(outcome) };
  const pool = createRpcPool({ endpoints, log: silentLog, metrics, concurrency: 8, retries, backoffMs: 10 });
  pools.push(pool);
  return pool;
}
const head = (pool: RpcPool, only?: readonly string[]) =>
  pool.ask('getSlot', (client) => client.call('getSlot', [], z.number(), { signal, timeoutMs: 300 }), {
    signal,
    ...(only && { only }),
  });
const failing = (code: number) => () => ({ status: code });

describe('endpoint pool', () => {
  test('asks the next endpoint at once when one fails, and says who answered', async () => {
    a.fault = failing(500);
    const pool = poolOf([{ url: a.url }, { url: b.url }]);
    for (let i = 0; i < 3; i += 1) expect(await head(pool)).toEqual({ value: 2, endpoint: b.url });
    expect(outcomes).toContain('http');
    expect(outcomes.filter((outcome) => outcome === 'ok')).toHaveLength(3);
  });

  test('leaves a broken endpoint alone, probes it, and uses it again', async () => {
    a.fault = failing(503);
    const pool = poolOf([{ url: a.url }, { url: b.url }]);
    for (let i = 0; i < 10; i += 1) await head(pool);
    b.fault = failing(503);
    await expect(head(pool)).rejects.toThrow('503');
    const [first] = pool.state();
    expect(first).toMatchObject({ name: a.url, healthy: false });
    expect(first?.lastError).toContain('503');
    a.fault = () => undefined;
    expect(await head(pool)).toEqual({ value: 1, endpoint: a.url });
    expect(pool.state()[0]).toMatchObject({ healthy: true });
  });

  test('promise 4: asks another first when what one answered is contradicted, however quick that one is, and it when no other works', async () => {
    const pool = poolOf([{ url: a.url }, { url: b.url }]);
    for (let i = 0; i < 3; i += 1) await head(pool, [a.url]);
    pool.doubt(a.url);
    for (let i = 0; i < 5; i += 1) expect((await head(pool)).endpoint).toBe(b.url);
    b.fault = failing(500);
    expect((await head(pool)).endpoint).toBe(a.url);
  });

  test('asks a broken endpoint seldom while another answers', async () => {
    a.fault = failing(500);
    const pool = poolOf([{ url: a.url }, { url: b.url }]);
    for (let i = 0; i < 50; i += 1) await head(pool);
    expect(a.requests.length).toBeLessThanOrEqual(3);
    expect(b.requests).toHaveLength(50);
  });

  test('tries again with backoff when everybody fails for a moment', async () => {
    const pool = poolOf([{ url: a.url }], 4);
    let left = 3;
    a.fault = () => (left-- > 0 ? { status: 500 } : undefined);
    expect((await head(pool)).value).toBe(1);
    const gaps = a.requests.slice(1).map(({ at }, i) => at - (a.requests[i]?.at ?? 0));
    expect(gaps).toHaveLength(3);
    expect(gaps[2]).toBeGreaterThan(30);
  });

  test('does not try again what cannot help', async () => {
    const pool = poolOf([{ url: a.url }, { url: b.url }]);
    a.fault = failing(401);
    b.fault = failing(403);
    await expect(head(pool)).rejects.toMatchObject({ code: 'RPC_UNAUTHORIZED' });
    expect(a.requests.length + b.requests.length).toBe(2);
  });

  test('works with one endpoint when the key of the other is wrong', async () => {
    a.fault = failing(401);
    const pool = poolOf([{ url: a.url }, { url: b.url }]);
    for (let i = 0; i < 20; i += 1) expect((await head(pool)).value).toBe(2);
    expect(a.requests.length).toBeLessThanOrEqual(1);
    const bad = pool.state().find(({ name }) => name === a.url);
    if (a.requests.length === 1) expect(bad?.lastError).toContain('credentials');
  });

  test('slows down for an endpoint that limits, and takes the other meanwhile', async () => {
    let limited = true;
    a.fault = () => (limited ? { status: 429, headers: { 'retry-after': '1' } } : undefined);
    const pool = poolOf([{ url: a.url, requestsPerSecond: 100 }, { url: b.url }], 0);
    await head(pool, [a.url]).catch(() => undefined);
    expect(pool.state()[0]?.rate).toBeLessThanOrEqual(50);
    const asked = a.requests.length;
    const started = performance.now();
    for (let i = 0; i < 20; i += 1) expect((await head(pool)).endpoint).toBe(b.url);
    expect(performance.now() - started).toBeLessThan(900);
    expect(a.requests).toHaveLength(asked);
    limited = false;
    expect((await head(pool, [a.url])).value).toBe(1);
  });

  test('asks endpoints that lag last', async () => {
    const pool = poolOf([{ url: a.url }, { url: b.url }]);
    pool.sawHead(a.url, 100);
    pool.sawHead(b.url, 200);
    for (let i = 0; i < 5; i += 1) expect((await head(pool)).endpoint).toBe(b.url);
    pool.sawHead(a.url, 1_000);
    for (let i = 0; i < 5; i += 1) expect((await head(pool)).endpoint).toBe(a.url);
  });

  test('names two endpoints of one host apart without showing their keys', () => {
    const pool = poolOf([{ url: `${a.url}/KEYONE` }, { url: `${a.url}/KEYTWO` }]);
    expect(pool.names).toEqual([a.url, `${a.url}#2`]);
  });

  test('stops at once when told to, also between attempts', async () => {
    a.fault = failing(500);
    const pool = createRpcPool({
      endpoints: [{ url: a.url }],
      log: silentLog,
      concurrency: 1,
      retries: 5,
      backoffMs: 10_000,
    });
    pools.push(pool);
    const controller = new AbortController();
    const asked = pool.ask(
      'getSlot',
      (client) => client.call('getSlot', [], z.number(), { signal: controller.signal, timeoutMs: 300 }),
      {
        signal: controller.signal,
      },
    );
    setTimeout(() => controller.abort(new Error('stop')), 50);
    const started = performance.now();
    await expect(asked).rejects.toThrow('stop');
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});
