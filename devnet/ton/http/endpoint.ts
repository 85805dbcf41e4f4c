/**
 * One listening HTTP endpoint over a chain: TonClient4's routes, toncenter v2 and v3, and `/admin`, all on
 * one port.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { closeServer, hasKey, readBody } from '../../shared/http.js';
import { answerWrongly, JSON_TYPE } from '../../shared/wrong-answer.js';
import type { TonChain } from '../chain/chain.js';
import { createAdmin } from './admin.js';
import { createDispatch } from './dispatch.js';
import { createFaults, type Faults } from './faults.js';
import { createNode } from './node.js';

export interface EndpointOptions {
  readonly host: string;
  /** 0 = a free one. */
  readonly port: number;
  /** Asked for in `?api_key=`, `x-api-key` or `authorization: Bearer`; no key is asked for when absent. */
  readonly apiKey?: string;
  /** Admin routes of whoever composes the devnet; null where it has no such route. */
  readonly moreAdmin?: (
    method: string,
    path: string,
    body: unknown,
  ) => Promise<{ readonly status: number; readonly json: unknown } | null>;
}

export interface Endpoint {
  /** TonClient4's endpoint. toncenter v2 is at `/api/v2/jsonRPC` below it, v3 at `/api/v3`. */
  readonly url: string;
  readonly faults: Faults;
  close(): Promise<void>;
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

export async function startEndpoint(chain: TonChain, options: EndpointOptions): Promise<Endpoint> {
  const faults = createFaults();
  const node = createNode(chain, faults);
  const admin = createAdmin(node, faults);
  const dispatch = createDispatch(node);
  const stalled = new Set<ServerResponse>();
  faults.onChange(() => {
    if (faults.list().some(({ kind }) => kind === 'stall')) return;
    for (const response of stalled) response.destroy();
  });

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', 'http://devnet');
    const method = request.method ?? 'GET';
    const body = await readBody(request);
    const end = (status: number, json: unknown) =>
      response.writeHead(status, JSON_TYPE).end(JSON.stringify(json));
    if (body === null) {
      end(413, { error: 'the body is too large' });
      return;
    }
    if (url.pathname.startsWith('/admin/')) {
      const { status, json } =
        (await options.moreAdmin?.(method, url.pathname, parseJson(body))) ??
        (await admin(method, url.pathname, body));
      end(status, json);
      return;
    }
    if (!hasKey(request, url, options.apiKey)) {
      end(401, { ok: false, error: 'API key does not exist', code: 401 });
      return;
    }
    const call = dispatch(method, url, body);
    if (call === null) {
      end(404, { error: `the devnet has no route ${method} ${url.pathname}` });
      return;
    }
    const fault = faults.strike(call.methods);
    if (fault === null) {
      const { status, json } = await call.reply();
      end(status, json);
      return;
    }
    if (fault.kind === 'stall') {
      stalled.add(response);
      response.once('close', () => stalled.delete(response));
    }
    await answerWrongly(fault, response, {
      tooMany: { ok: false, error: 'Ratelimit exceed', code: 429 },
      wrong: { ok: true, result: { unexpected: [true] } },
      text: async () => JSON.stringify((await call.reply()).json),
    });
  };

  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      // A client that went away while it sent its request needs no answer.
      if (response.destroyed || request.destroyed) return;
      response
        .writeHead(500, JSON_TYPE)
        .end(JSON.stringify({ error: error instanceof Error ? error.message : String(error) }));
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://${options.host}:${port}`, faults, close: () => closeServer(server) };
}
