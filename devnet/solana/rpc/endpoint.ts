/**
 * One listening RPC endpoint over a chain: HTTP and websocket on one port, and the websocket once more on the
 * next port, where web3.js looks.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { closeServer, hasKey, readBody } from '../../shared/http.js';
import { answerWrongly, JSON_TYPE } from '../../shared/wrong-answer.js';
import type { SolanaNodeChain } from '../chain/chain.js';
import { createAdmin } from './admin.js';
import { createFaults, type Faults } from './faults.js';
import { answer, methodsOf, parseBody } from './json-rpc.js';
import { createRpcMethods } from './methods.js';
import { createNode } from './node.js';
import { createWebsocketHub } from './websocket.js';

export interface EndpointOptions {
  readonly host: string;
  /** 0 = a free one whose next is free too. */
  readonly port: number;
  /** Where the websocket listens besides; the next port when absent. */
  readonly wsPort?: number;
  /** Asked for in `?api-key=`, `x-api-key` or `authorization: Bearer`; no key is asked for when absent. */
  readonly apiKey?: string;
  /** Admin routes of whoever composes the devnet; null where it has no such route. */
  readonly moreAdmin?: (
    method: string,
    path: string,
    body: unknown,
  ) => Promise<{ readonly status: number; readonly json: unknown } | null>;
}

export interface Endpoint {
  readonly url: string;
  readonly wsUrl: string;
  readonly faults: Faults;
  close(): Promise<void>;
}

const PORT_ATTEMPTS = 50;

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function isBusy(error: unknown): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    (error.code === 'EADDRINUSE' || error.code === 'ERR_SOCKET_BAD_PORT')
  );
}

export async function startEndpoint(chain: SolanaNodeChain, options: EndpointOptions): Promise<Endpoint> {
  const { host, apiKey } = options;
  const faults = createFaults();
  const node = createNode(chain, faults);
  const methods = createRpcMethods(node);
  const admin = createAdmin(node, faults);
  const hub = createWebsocketHub(node, faults);
  const stalled = new Set<ServerResponse>();
  faults.onChange(() => {
    if (faults.list().some(({ kind }) => kind === 'stall')) return;
    for (const response of stalled) response.destroy();
  });

  const handleRpc = async (
    request: IncomingMessage,
    response: ServerResponse,
    body: string,
  ): Promise<void> => {
    if (request.method !== 'POST') {
      response
        .writeHead(405, { 'content-type': 'text/plain' })
        .end('Used HTTP Method is not allowed. POST or OPTIONS is required\n');
      return;
    }
    if (!/^application\/json\b/i.test(request.headers['content-type'] ?? '')) {
      response
        .writeHead(415, { 'content-type': 'text/plain' })
        .end('Supplied content type is not allowed. Content-Type: application/json is required\n');
      return;
    }
    const text = () => answer(body, methods);
    const fault = faults.strike(methodsOf(parseBody(body)?.value));
    if (fault === null) {
      response.writeHead(200, JSON_TYPE).end(await text());
      return;
    }
    if (fault.kind === 'stall') {
      stalled.add(response);
      response.once('close', () => stalled.delete(response));
    }
    const value = parseBody(body)?.value;
    const id = typeof value === 'object' && value !== null && 'id' in value ? value.id : null;
    await answerWrongly(fault, response, {
      tooMany: {
        jsonrpc: '2.0',
        error: { code: 429, message: 'Too many requests for a specific RPC call' },
        id,
      },
      wrong: { jsonrpc: '2.0', result: { unexpected: [true] }, id },
      text,
    });
  };

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', 'http://devnet');
    const body = await readBody(request);
    if (body === null) {
      response.writeHead(413, { 'content-type': 'text/plain' }).end('the body is too large\n');
    } else if (url.pathname.startsWith('/admin/')) {
      const method = request.method ?? 'GET';
      const more = await options.moreAdmin?.(method, url.pathname, parseBody(body)?.value);
      const outcome = more
        ? { status: more.status, body: more.json }
        : await admin(method, url.pathname, body);
      response.writeHead(outcome.status, JSON_TYPE).end(JSON.stringify(outcome.body));
    } else if (!hasKey(request, url, apiKey)) {
      response.writeHead(401, JSON_TYPE).end(
        JSON.stringify({
          jsonrpc: '2.0',
          error: { code: -32401, message: 'invalid api key provided' },
          id: null,
        }),
      );
    } else if (url.pathname === '/health') {
      response.writeHead(200, { 'content-type': 'text/plain' }).end(node.lag() > 0 ? 'behind' : 'ok');
    } else {
      await handleRpc(request, response, body);
    }
  };
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    handle(request, response).catch((error: unknown) => {
      // A client that went away while it sent its request needs no answer.
      if (response.destroyed || request.destroyed) return;
      response
        .writeHead(500, JSON_TYPE)
        .end(JSON.stringify({ error: error instanceof Error ? error.message : String(error) }));
    });
  };
  const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    if (hasKey(request, new URL(request.url ?? '/', 'http://devnet'), apiKey))
      hub.upgrade(request, socket, head);
    else socket.end('HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\nconnection: close\r\n\r\n');
  };

  const bind = async (): Promise<{ port: number; servers: Server[] }> => {
    for (let attempt = 1; ; attempt++) {
      const main = createServer(onRequest).on('upgrade', onUpgrade);
      const port = await listen(main, host, options.port);
      const second = createServer((_request, response) => response.writeHead(426).end()).on(
        'upgrade',
        onUpgrade,
      );
      try {
        await listen(second, host, options.wsPort ?? port + 1);
        return { port, servers: [main, second] };
      } catch (error) {
        await closeServer(main);
        if (options.port !== 0 || attempt >= PORT_ATTEMPTS || !isBusy(error)) throw error;
      }
    }
  };
  const { port, servers } = await bind();

  return {
    url: `http://${host}:${port}`,
    wsUrl: `ws://${host}:${port}`,
    faults,
    async close() {
      hub.close();
      await Promise.all(servers.map(closeServer));
    },
  };
}
