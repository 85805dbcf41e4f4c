import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { eventually } from '../../../../test/support/eventually.js';
import { type FakeRpc, startFakeRpc } from '../../../../test/support/fake-solana-rpc.js';
import { silentLog } from '../../../../test/support/silent-log.js';
import { createSlotWatch, websocketUrl } from './websocket.js';

const warnings: string[] = [];
const log = { ...silentLog, warn: (_: object, message: string) => warnings.push(message) };
let server: FakeRpc;
let stop: AbortController;
beforeEach(async () => {
  warnings.length = 0;
  stop = new AbortController();
  server = await startFakeRpc();
});
afterEach(async () => {
  stop.abort();
  await server.close();
});

function watch(urls: readonly string[], silenceMs = 200) {
  const seen: number[] = [];
  const silences: string[] = [];
  const onSilence = (endpoint: string) => silences.push(endpoint);
  const slots = createSlotWatch({
    endpoints: urls.map((url) => ({ url })),
    log,
    silenceMs,
    backoffMs: 10,
    onSilence,
  });
  slots.start((slot) => seen.push(slot), stop.signal);
  return { slots, seen, silences };
}

describe('websocket hints', () => {
  test('passes slots on', async () => {
    const { slots, seen } = watch([server.wsUrl]);
    await eventually(() => expect(server.websockets()).toBe(1));
    await eventually(() => {
      server.notify(5);
      expect(seen).toContain(5);
    });
    expect(slots.state()).toMatchObject({ connected: true, silent: false, endpoint: server.wsUrl });
  });

  test('promise 4: notices silence, says so, and connects again', async () => {
    server.silent = true;
    const { slots, seen, silences } = watch([server.wsUrl], 100);
    await eventually(() => expect(slots.state()).toMatchObject({ silent: true }));
    expect(silences).toContain(server.wsUrl);
    expect(warnings.join()).toContain('silent for 100 ms');
    server.silent = false;
    await eventually(() => {
      server.notify(7);
      expect(seen).toContain(7);
    });
    expect(slots.state()).toMatchObject({ silent: false, connected: true });
    expect(slots.state().reconnects).toBeGreaterThan(0);
  });

  test('goes to the next endpoint when one is down or silent', async () => {
    const other = await startFakeRpc();
    server.silent = true;
    const { seen } = watch(['ws://127.0.0.1:1', server.wsUrl, other.wsUrl], 100);
    await eventually(() => {
      other.notify(9);
      expect(seen).toContain(9);
    });
    stop.abort();
    await other.close();
  });

  test('connects again after a drop', async () => {
    const { seen } = watch([server.wsUrl], 5_000);
    await eventually(() => expect(server.websockets()).toBe(1));
    server.dropWebsockets();
    await eventually(() => {
      server.notify(11);
      expect(seen).toContain(11);
    });
  });

  test('leaves nothing behind after the signal, in any phase', async () => {
    const { slots } = watch([server.wsUrl]);
    await eventually(() => expect(server.websockets()).toBe(1));
    stop.abort();
    await eventually(() => expect(server.websockets()).toBe(0));
    await sleep(300);
    expect(server.websockets()).toBe(0);
    expect(slots.state().connected).toBe(false);
    const connecting = new AbortController();
    createSlotWatch({ endpoints: [{ url: server.wsUrl }], log, silenceMs: 100, backoffMs: 10 }).start(
      () => undefined,
      connecting.signal,
    );
    connecting.abort();
    await sleep(50);
    expect(server.websockets()).toBe(0);
  });

  test('survives a listener that throws and tells no secret', async () => {
    let hints = 0;
    const slots = createSlotWatch({
      endpoints: [{ url: `${server.wsUrl}/?api-key=TOPSECRET` }],
      log,
      silenceMs: 5_000,
      backoffMs: 10,
    });
    slots.start(() => {
      hints += 1;
      throw new Error('broken listener');
    }, stop.signal);
    await eventually(() => {
      server.notify(1);
      expect(hints).toBeGreaterThan(1);
    });
    server.dropWebsockets();
    await eventually(() => expect(slots.state().lastError).toContain('closed'));
    expect(JSON.stringify([warnings, slots.state()])).not.toContain('TOPSECRET');
  });

  test('derives the address as validators and web3.js have it', () => {
    expect(websocketUrl('https://rpc.example.com/KEY?x=1')).toBe('wss://rpc.example.com/KEY?x=1');
    expect(websocketUrl('http://127.0.0.1:8899')).toBe('ws://127.0.0.1:8900/');
  });
});
