/**
 * Hints from slotSubscribe: a hint says only that polling now may find something new. A websocket can go
 * silent without an error, so nothing depends on it. Silence is noticed, reported and answered with a new
 * connection, to the next endpoint if there is one.
 */
import { WebSocket } from 'ws';
import { z } from 'zod';
import { messageOf } from '../../../runtime/errors.js';
import type { Log } from '../../../runtime/log.js';
import { backoff, pause } from '../../../runtime/pause.js';
import { redactUrl } from '../../../runtime/redact.js';
import type { Endpoint } from '../../http/endpoint.js';
import { createScrubber } from '../../http/redact.js';

export interface WatchState {
  readonly connected: boolean;
  /** True from the moment that a silence was noticed until the next message. */
  readonly silent: boolean;
  /** Redacted; the one in use or tried last. */
  readonly endpoint: string | null;
  /** Unix milliseconds. */
  readonly lastMessageAt: number | null;
  readonly reconnects: number;
  readonly lastError: string | null;
}

export interface SlotWatch {
  /**
   * Calls `onHint` with each new slot until the signal fires. Never throws; nothing of it goes on after the
   * signal.
   */
  start(onHint: (slot: number) => void, signal: AbortSignal): void;
  state(): WatchState;
}

export interface SlotWatchOptions {
  /** Websocket URLs. */
  readonly endpoints: readonly Endpoint[];
  readonly log: Log;
  /** Milliseconds without a message that count as silence; slots come every 400 ms. */
  readonly silenceMs: number;
  /** Called with the endpoint's redacted name at every silence that is noticed. */
  readonly onSilence?: ((endpoint: string) => void) | undefined;
  /** Milliseconds before the first reconnect; doubles, with jitter, up to 30 s. */
  readonly backoffMs: number;
}

const LONGEST_BACKOFF_MS = 30_000;
const HANDSHAKE_TIMEOUT_MS = 10_000;

const messageSchema = z.union([
  z.object({
    method: z.literal('slotNotification'),
    params: z.object({ result: z.object({ slot: z.number().int().nonnegative() }) }),
  }),
  z.object({ id: z.literal(1), result: z.number() }),
  z.object({ error: z.object({ code: z.number(), message: z.string() }) }),
]);

export function createSlotWatch(options: SlotWatchOptions): SlotWatch {
  const { endpoints, log } = options;
  let state: WatchState = {
    connected: false,
    silent: false,
    endpoint: null,
    lastMessageAt: null,
    reconnects: 0,
    lastError: null,
  };
  const update = (change: Partial<WatchState>): void => {
    state = { ...state, ...change };
  };

  /** Holds one connection until it ends. @returns why it ended */
  function connect(endpoint: Endpoint, onHint: (slot: number) => void, signal: AbortSignal): Promise<string> {
    const scrub = createScrubber(endpoint);
    return new Promise((resolve) => {
      const socket = new WebSocket(endpoint.url, {
        handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
        perMessageDeflate: false,
        maxPayload: 1024 * 1024,
        headers: { ...endpoint.headers },
      });
      let timer: NodeJS.Timeout | undefined;
      let ended = false;
      const end = (why: string): void => {
        if (ended) return;
        ended = true;
        clearTimeout(timer);
        signal.removeEventListener('abort', onAbort);
        update({ connected: false });
        socket.terminate();
        resolve(scrub(why));
      };
      const onAbort = (): void => end('aborted');
      const expectMessage = (): void => {
        clearTimeout(timer);
        timer = setTimeout(() => {
          update({ silent: true });
          options.onSilence?.(redactUrl(endpoint.url));
          end(`silent for ${options.silenceMs} ms`);
        }, options.silenceMs);
      };
      signal.addEventListener('abort', onAbort, { once: true });
      // Stays for good: terminate() on a socket that is still connecting emits an error too.
      socket.on('error', (error) => end(messageOf(error)));
      socket.on('close', (code) => end(`closed (${code})`));
      socket.on('open', () => {
        update({ connected: true });
        expectMessage();
        socket.send(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'slotSubscribe', params: [] }));
      });
      socket.on('message', (data) => {
        const message = readMessage(String(data));
        if (message === null) return;
        if ('error' in message) {
          end(`slotSubscribe: ${message.error.message} (${message.error.code})`);
          return;
        }
        if (!('method' in message)) return;
        expectMessage();
        update({ silent: false, lastMessageAt: Date.now(), lastError: null });
        onHint(message.params.result.slot);
      });
    });
  }

  async function run(onHint: (slot: number) => void, signal: AbortSignal): Promise<void> {
    let failures = 0;
    for (let turn = 0; !signal.aborted; turn += 1) {
      const endpoint = endpoints[turn % endpoints.length];
      if (endpoint === undefined) return;
      const name = redactUrl(endpoint.url);
      update({ endpoint: name });
      const before = state.lastMessageAt;
      const why = await connect(endpoint, onHint, signal);
      if (signal.aborted) return;
      failures = state.lastMessageAt === before ? failures + 1 : 1;
      update({ reconnects: state.reconnects + 1, lastError: `${name}: ${why}` });
      log.warn(
        { endpoint: name, silent: state.silent, failures },
        `websocket ${name} ended: ${why}; polling goes on, connecting again`,
      );
      await pause(backoff(failures, LONGEST_BACKOFF_MS, options.backoffMs), signal).catch(() => undefined);
    }
  }

  return {
    start(onHint, signal) {
      const guarded = (slot: number): void => {
        try {
          onHint(slot);
        } catch (error) {
          log.warn({ slot }, `a listener to websocket hints failed: ${messageOf(error)}`);
        }
      };
      run(guarded, signal).catch((error: unknown) => {
        update({ connected: false, lastError: messageOf(error) });
        log.warn({}, `websocket hints ended for good: ${messageOf(error)}; polling goes on`);
      });
    },
    state: () => state,
  };
}

/**
 * Where an endpoint's websocket is when nobody says: the same address with ws, and the next port where the
 * address names one, as a validator has it (8899 and 8900) and @solana/web3.js assumes.
 */
export function websocketUrl(url: string): string {
  const derived = new URL(url);
  derived.protocol = derived.protocol === 'https:' ? 'wss:' : 'ws:';
  if (derived.port !== '') derived.port = String(Number(derived.port) + 1);
  return derived.toString();
}

function readMessage(text: string): z.infer<typeof messageSchema> | null {
  try {
    return messageSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    // A hint that cannot be read is no hint; if all are so, that is silence, which is noticed.
    return null;
  }
}
