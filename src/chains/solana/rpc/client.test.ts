import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type FakeRpc, type Fault, startFakeRpc } from '../../../../test/support/fake-solana-rpc.js';
import { RpcError } from '../../http/errors.js';
import { createRpcClient, type RpcClient } from './client.js';

const signal = new AbortController().signal;
let server: FakeRpc;
let client: RpcClient;
beforeEach(async () => {
  server = await startFakeRpc();
  client = createRpcClient(
    { url: `${server.url}/v2/PATHSECRET?api-key=QUERYSECRET`, headers: { 'x-token': 'HEADERSECRET' } },
    { connections: 2 },
  );
});
afterEach(async () => {
  await client.close();
  await server.close();
});

const ask = (timeoutMs = 120_000) => client.call('getSlot', [], z.number(), { signal, timeoutMs });
async function failure(fault: Fault, timeoutMs?: number): Promise<RpcError> {
  server.fault = () => fault;
  const error = await ask(timeoutMs).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(RpcError);
  const rpc = error as RpcError;
  expect(`${rpc.message} ${rpc.stack} ${String(rpc.cause)}`).not.toMatch(/SECRET/);
  expect(rpc.message).toContain(server.url);
  return rpc;
}

describe('RPC client', () => {
  test('answers the result', async () => {
    server.head = 77;
    expect(await ask()).toBe(77);
    expect(server.requests[0]?.path).toBe('/v2/PATHSECRET?api-key=QUERYSECRET');
  });

  test.each([
    [{ status: 401, body: 'key QUERYSECRET unknown' }, 'RPC_UNAUTHORIZED', false, 'SOLANA_RPC_API_KEY'],
    [{ status: 403, body: 'HEADERSECRET' }, 'RPC_UNAUTHORIZED', false, 'API key'],
    [{ status: 429, headers: { 'retry-after': '3' } }, 'RPC_RATE_LIMITED', true, '429'],
    [{ status: 500, body: 'PATHSECRET exploded' }, 'RPC_ERROR', true, '500'],
    [
      { status: 503, headers: { 'content-type': 'text/html' }, body: '<html>busy</html>' },
      'RPC_BAD_RESPONSE',
      true,
      'HTML',
    ],
    [
      { status: 200, headers: { 'content-type': 'text/html' }, body: '<!doctype html>' },
      'RPC_BAD_RESPONSE',
      true,
      'SOLANA_RPC_URL',
    ],
    [{ status: 404, body: 'nothing here' }, 'RPC_BAD_RESPONSE', true, '404'],
    [
      { status: 400, body: '{"error":{"code":-32602,"message":"Invalid params"}}' },
      'RPC_ERROR',
      false,
      '-32602',
    ],
    [{ truncate: 20 }, 'RPC_BAD_RESPONSE', true, 'cut off'],
    [{ cut: 20 }, 'RPC_UNREACHABLE', true, 'getSlot'],
    [{ result: 'seven' }, 'RPC_BAD_RESPONSE', true, 'result'],
    [
      { error: { code: -32015, message: 'Transaction version (1) is not supported' } },
      'TRANSACTION_VERSION_UNSUPPORTED',
      false,
      'update',
    ],
    [
      { error: { code: -32004, message: 'Block not available' } },
      'BLOCK_UNAVAILABLE',
      true,
      'not available yet',
    ],
    [
      { error: { code: -32014, message: 'Block status not yet available' } },
      'BLOCK_UNAVAILABLE',
      true,
      'not available yet',
    ],
    [
      { error: { code: -32007, message: 'Slot was skipped' } },
      'BLOCK_UNAVAILABLE',
      true,
      'missing on this endpoint',
    ],
    [
      { error: { code: -32009, message: 'Slot was skipped' } },
      'BLOCK_UNAVAILABLE',
      true,
      'missing on this endpoint',
    ],
    [{ error: { code: -32001, message: 'Block cleaned up' } }, 'BLOCK_UNAVAILABLE', false, 'archival'],
    [{ error: { code: -32005, message: 'Node is behind by 42 slots' } }, 'RPC_ERROR', true, 'behind'],
    [
      { error: { code: -32052, message: 'API key QUERYSECRET is not allowed' } },
      'RPC_UNAUTHORIZED',
      false,
      'API key',
    ],
    [{ error: { code: -32603, message: 'Internal error' } }, 'RPC_ERROR', true, 'Internal error'],
  ] satisfies [Fault, string, boolean, string][])('says what %j is', async (fault, code, retryable, text) => {
    const error = await failure(fault);
    expect(error).toMatchObject({ code, retryable });
    expect(error.message).toContain(text);
  });

  test('honours Retry-After', async () => {
    expect((await failure({ status: 429, headers: { 'retry-after': '3' } })).retryAfterMs).toBe(3_000);
    const date = new Date(Date.now() + 5_000).toUTCString();
    const { retryAfterMs } = await failure({ status: 429, headers: { 'retry-after': date } });
    expect(retryAfterMs).toBeGreaterThan(3_000);
    expect(retryAfterMs).toBeLessThanOrEqual(5_000);
  });

  test('does not wait longer than its time limit', async () => {
    const started = performance.now();
    expect(await failure({ stall: true }, 100)).toMatchObject({ code: 'RPC_TIMEOUT', retryable: true });
    expect(performance.now() - started).toBeLessThan(1_000);
  });

  test("stops with the caller's reason", async () => {
    server.fault = () => ({ stall: true });
    const controller = new AbortController();
    const asked = client.call('getSlot', [], z.number(), { signal: controller.signal, timeoutMs: 5_000 });
    setTimeout(() => controller.abort(new Error('shutting down')), 20);
    await expect(asked).rejects.toThrow('shutting down');
  });

  test('says that nobody answers', async () => {
    await server.close();
    const error = await ask().catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'RPC_UNREACHABLE', retryable: true });
    expect((error as Error).message).not.toMatch(/SECRET/);
    server = await startFakeRpc();
  });
});
