/**
 * One JSON-RPC endpoint over HTTP: keep-alive connections, a time limit on every request, and every way in which an answer can be
 * wrong turned into an RpcError that says what to do. Limits, retries and failover are pool.ts's.
 */
import { Pool } from 'undici';
import { z } from 'zod';
import { messageOf } from '../../../runtime/errors.js';
import { withDeadline } from './deadline.js';
import { badResponse, fromJsonRpc, RpcError, rateLimited, unauthorized } from './errors.js';
import { createScrubber, endpointName } from './redact.js';

export interface Endpoint {
  readonly url: string;
  /** Sent with every request, such as an API key. */
  readonly headers?: Readonly<Record<string, string>>;
}

interface CallOptions {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

export interface RpcClient {
  /** Redacted: safe in logs, errors and rows. */
  readonly name: string;
  /** The answer's bytes, unparsed; only the HTTP side has been checked. Rejects with RpcError, or with the signal's reason. */
  fetch(method: string, params: readonly unknown[], options: CallOptions): Promise<Buffer>;
  /** The answer's result, checked against `schema`. */
  call<T>(method: string, params: readonly unknown[], schema: z.ZodType<T>, options: CallOptions): Promise<T>;
  /** The RpcError that a JSON-RPC error of this endpoint is. */
  errorFrom(method: string, code: number, message: string): RpcError;
  /** The RpcError of an answer that is not what it should be. */
  badAnswer(method: string, what: string, cause?: unknown): RpcError;
  close(): Promise<void>;
}

export interface ClientOptions {
  /** When the URL's own name is not enough to tell two endpoints apart. */
  readonly name?: string;
  readonly connections: number;
  readonly connectTimeoutMs?: number;
}

/** A block is 5 to 15 MB; whoever sends more is not answering a getBlock. */
const LARGEST_ANSWER = 256 * 1024 * 1024;
const IS_JSON_RPC = 'is SOLANA_RPC_URL a Solana JSON-RPC endpoint?';

const replySchema = z.object({
  result: z.unknown().optional(),
  error: z.object({ code: z.number(), message: z.string() }).optional(),
});

export function createRpcClient(endpoint: Endpoint, options: ClientOptions): RpcClient {
  const name = options.name ?? endpointName(endpoint.url);
  const scrub = createScrubber(endpoint);
  const url = new URL(endpoint.url);
  const headers = { 'content-type': 'application/json', accept: 'application/json', ...authorization(url), ...endpoint.headers };
  const path = `${url.pathname}${url.search}`;
  const pool = new Pool(url.origin, {
    connections: options.connections,
    connect: { timeout: options.connectTimeoutMs ?? 5_000 },
    keepAliveTimeout: 30_000,
    maxResponseSize: LARGEST_ANSWER,
  });
  let id = 0;

  function failure(method: string, error: unknown, timedOut: boolean, timeoutMs: number): RpcError {
    if (timedOut) {
      return new RpcError('RPC_TIMEOUT', 'timeout', name, `${method}: no complete answer within ${timeoutMs} ms`, { retryable: true });
    }
    const said = scrub(messageOf(error));
    return new RpcError('RPC_UNREACHABLE', 'unreachable', name, `${method}: ${said}: is the endpoint up, and its address right?`, {
      retryable: true,
      // Not the library's error itself: it may carry the URL.
      cause: new Error(said),
    });
  }

  function errorFrom(method: string, code: number, message: string): RpcError {
    return fromJsonRpc(name, method, code, scrub(message));
  }

  function badAnswer(method: string, what: string, cause?: unknown): RpcError {
    const hint = what.startsWith('HTML') ? `: ${IS_JSON_RPC}` : '';
    return badResponse(
      name,
      `${method}: answered ${scrub(what)}${hint}`,
      cause === undefined ? undefined : new Error(scrub(messageOf(cause))),
    );
  }

  function checkStatus(method: string, status: number, retryAfter: string | undefined, contentType: string, body: Buffer): void {
    const said = `HTTP ${status} to ${method}${briefly(body, contentType)}`;
    if (status === 401 || status === 403) throw unauthorized(name, scrub(said));
    if (status === 429) throw rateLimited(name, scrub(said), retryAfterMs(retryAfter));
    const rpc = status >= 200 && status < 300 ? null : jsonRpcErrorIn(body);
    if (rpc !== null) throw errorFrom(method, rpc.code, rpc.message);
    if (isHtml(contentType, body)) throw badAnswer(method, `HTML, not JSON (HTTP ${status})`);
    if (status >= 200 && status < 300) return;
    if (status >= 500) throw new RpcError('RPC_ERROR', 'http', name, scrub(said), { retryable: true });
    throw badResponse(name, scrub(`${said}: ${IS_JSON_RPC}`));
  }

  async function fetch(method: string, params: readonly unknown[], { signal, timeoutMs }: CallOptions): Promise<Buffer> {
    id += 1;
    const request = JSON.stringify({ jsonrpc: '2.0', id, method, params });
    return withDeadline(signal, timeoutMs, async (limited, expired) => {
      let answered: { status: number; retryAfter: string | undefined; contentType: string; body: Buffer };
      try {
        const response = await pool.request({
          method: 'POST',
          path,
          headers,
          body: request,
          signal: limited,
          headersTimeout: timeoutMs,
          bodyTimeout: timeoutMs,
        });
        const contentType = one(response.headers['content-type']) ?? '';
        const retryAfter = one(response.headers['retry-after']);
        answered = { status: response.statusCode, retryAfter, contentType, body: Buffer.from(await response.body.arrayBuffer()) };
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        const timedOut = expired() || (error instanceof Error && /^UND_ERR_(HEADERS|BODY|CONNECT)_TIMEOUT$/.test(codeOf(error)));
        throw failure(method, error, timedOut, timeoutMs);
      }
      checkStatus(method, answered.status, answered.retryAfter, answered.contentType, answered.body);
      return answered.body;
    });
  }

  return {
    name,
    fetch,
    async call(method, params, schema, callOptions) {
      const body = await fetch(method, params, callOptions);
      let json: unknown;
      try {
        json = JSON.parse(body.toString('utf8'));
      } catch (cause) {
        throw badAnswer(method, `text that is not JSON, or JSON cut off after ${body.length} bytes`, cause);
      }
      const reply = replySchema.safeParse(json);
      if (!reply.success) throw badAnswer(method, 'JSON that is no JSON-RPC answer');
      if (reply.data.error !== undefined) throw errorFrom(method, reply.data.error.code, reply.data.error.message);
      const result = schema.safeParse(reply.data.result);
      if (result.success) return result.data;
      const issue = result.error.issues[0];
      throw badAnswer(
        method,
        `a result of another shape (${['result', ...(issue?.path ?? [])].join('.')}: ${issue?.message ?? 'invalid'})`,
      );
    },
    errorFrom,
    badAnswer,
    close: () => pool.destroy(),
  };
}

function authorization(url: URL): Record<string, string> {
  if (url.username === '' && url.password === '') return {};
  const pair = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
}

function one(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : '';
}

function isHtml(contentType: string, body: Buffer): boolean {
  return contentType.includes('text/html') || body.subarray(0, 64).toString('latin1').trimStart().startsWith('<');
}

function briefly(body: Buffer, contentType: string): string {
  if (body.length === 0 || isHtml(contentType, body)) return '';
  const text = body.subarray(0, 200).toString('utf8').replace(/\s+/g, ' ').trim();
  return text === '' ? '' : `: ${text}`;
}

function jsonRpcErrorIn(body: Buffer): { code: number; message: string } | null {
  if (body.length > 64 * 1024) return null;
  try {
    return replySchema.parse(JSON.parse(body.toString('utf8'))).error ?? null;
  } catch {
    // No JSON-RPC answer: then the HTTP status is all there is to tell.
    return null;
  }
}

/** Retry-After is in seconds or an HTTP date (RFC 9110, 10.2.3). */
function retryAfterMs(value: string | undefined): number | null {
  if (value === undefined) return null;
  const milliseconds = /^\d+(\.\d+)?$/.test(value.trim()) ? Number(value) * 1_000 : Date.parse(value) - Date.now();
  return Number.isFinite(milliseconds) ? Math.max(0, milliseconds) : null;
}
