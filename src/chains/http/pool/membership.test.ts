import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type FakeRpc, startFakeRpc } from '../../../../test/support/fake-solana-rpc.js';
import { silentLog } from '../../../../test/support/silent-log.js';
import { createRpcPool, type RpcPool } from '../../solana/rpc/pool.js';

const signal = new AbortController().signal;
let a: FakeRpc;
let b: FakeRpc;
let pool: RpcPool;
const errors: string[] = [];

const chainOf = (rpc: FakeRpc, genesis: string) => {
  rpc.fault = (method) => (method === 'getGenesisHash' ? { result: genesis } : undefined);
};
const head = (only?: readonly string[]) =>
  pool.ask('getSlot', (client) => client.call('getSlot', [], z.number(), { signal, timeoutMs: 300 }), {
    signal,
    ...(only && { only }),
  });

beforeEach(async () => {
  [a, b] = await Promise.all([startFakeRpc(), startFakeRpc()]);
  [a.head, b.head] = [1, 2];
  chainOf(a, 'ours');
  chainOf(b, 'ours');
  errors.length = 0;
  const log = { ...silentLog, error: (_: object, message: string) => void errors.push(message) };
  pool = createRpcPool({
    endpoints: [{ url: a.url }, { url: b.url }],
    log,
    concurrency: 8,
    retries: 1,
    backoffMs: 10,
  });
});
afterEach(async () => {
  await Promise.all([pool.close(), a.close(), b.close()]);
});

describe('endpoints of another chain', () => {
  test('promise 6: one of several that serves another chain is refused by itself and named; the other goes on', async () => {
    chainOf(a, 'theirs');
    expect(await pool.genesis(signal, 'ours')).toBe('ours');
    for (let i = 0; i < 10; i += 1) expect((await head()).endpoint).toBe(b.url);
    expect(errors.filter((message) => message.includes(a.url))).toHaveLength(1);
    expect(errors[0]).toMatch(/serves the chain with genesis theirs, not ours/);
  });

  test('when they differ and nobody knows which is meant, nothing is read and both are named', async () => {
    chainOf(a, 'theirs');
    const error: unknown = await pool.genesis(signal, null).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'RPC_WRONG_CHAIN', retryable: false });
    expect(String(error)).toContain(a.url);
    expect(String(error)).toContain(b.url);
  });

  test('one that changes its chain is noticed at the next contradiction, and used again when it is back', async () => {
    await pool.genesis(signal, 'ours');
    expect((await head([a.url])).endpoint).toBe(a.url);
    chainOf(a, 'theirs');
    pool.doubt(a.url);
    await expect(head([a.url])).rejects.toMatchObject({ code: 'RPC_WRONG_CHAIN', retryable: true });
    chainOf(a, 'ours');
    expect((await head([a.url])).endpoint).toBe(a.url);
  });
});
