/**
 * One endpoint over HTTP: keep-alive connections, a time limit on every request, and an RpcError for every
 * way in which HTTP itself can fail. What the bytes of an answer mean is for the caller to find out; rate
 * limits, retries and failover are in pool/pool.ts.
 */
import { isAscii } from 'node:buffer';
import { Pool } from 'undici';
import { messageOf } from '../../runtime/errors.js';
import { readRetryAfter } from '../../runtime/outbound/retry-after.js';
import { redactUrl } from '../../runtime/redact.js';
import { type ByteLine, createByteBudget, NoRoom, type Place, withRoom } from './bytes/budget.js';
import { withDeadline } from './deadline.js';
import type { Endpoint } from './endpoint.js';
import { badResponse, RpcError, rateLimited, unauthorized } from './errors.js';
import { type Answer, AnswerTooLarge, exchange } from './exchange.js';
import { createScrubber } from './redact.js';
import { CannotUnpack, unpack } from './unpack.js';

export interface CallOptions {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  /** Bytes; a larger answer is refused as a bad response. Default 64 MiB: enough for the largest block. */
  readonly largestAnswer?: number;
  /**
   * Where the answer's bytes are held, and for the caller to give back: then {@link NoRoom} ends the request
   * when there is none. Absent: they count while the answer is on its way and read, in a line with all
   * others.
   */
  readonly place?: Place | undefined;
}

export interface HttpRequest {
  /** Name of the method, for errors. */
  readonly what: string;
  /** Appended to the endpoint's own path, query included; default: nothing. */
  readonly path?: string;
  /** Sent with POST: text as it is, anything else as JSON. Absent: GET. */
  readonly body?: unknown;
}

export interface HttpClient {
  /** Redacted: safe in logs, errors and rows. */
  readonly name: string;
  /**
   * The answer's bytes, unpacked but not parsed.
   * @throws RpcError RPC_TIMEOUT, RPC_UNREACHABLE, RPC_UNAUTHORIZED, RPC_RATE_LIMITED, RPC_ERROR,
   * RPC_BAD_RESPONSE, or what `errorIn` finds in the answer
   * @throws the signal's reason when it fires
   */
  fetch(request: HttpRequest, options: CallOptions): Promise<Buffer>;
  /** {@link fetch}, parsed as JSON. @throws RpcError RPC_BAD_RESPONSE also when the answer is not JSON */
  json(request: HttpRequest, options: CallOptions): Promise<unknown>;
  /** Makes the RpcError RPC_BAD_RESPONSE of an answer that is not what it should be, without secrets. */
  badAnswer(what: string, said: string, cause?: unknown): RpcError;
  /** Replaces the endpoint's secrets in a text by `***`. */
  scrub(text: string): string;
  close(): Promise<void>;
}

export interface HttpClientOptions {
  /** Name for logs and errors, where the redacted URL alone does not tell two endpoints apart. */
  readonly name?: string;
  /** Most connections at once. */
  readonly connections: number;
  /** Milliseconds; default 5,000. */
  readonly connectTimeoutMs?: number;
  /** The question to the operator when another API seems to answer: `is X a Y endpoint?` */
  readonly hint: string;
  /** The environment variables in which the operator sets address and key; named in errors. */
  readonly variables: string;
  /** Finds the error inside an answer with a bad HTTP status; null: it holds none, and the status decides. */
  readonly errorIn: (what: string, status: number, body: Buffer) => RpcError | null;
  /** The line of answers that are read as they come; default: one of the client's own. */
  readonly line?: ByteLine | undefined;
}

/** A block is 5 to 15 MB: an answer of several times that is not what was asked for. */
const LARGEST_ANSWER = 64 * 1024 * 1024;

/** Parsed, an answer takes about this many times its bytes… */
const PARSED = 4;
/** …which counts from this many bytes on. */
const LARGE = 1024 * 1024;

/** A client of one endpoint; it connects at the first request. */
export function createHttpClient(endpoint: Endpoint, options: HttpClientOptions): HttpClient {
  const name = options.name ?? redactUrl(endpoint.url);
  const scrub = createScrubber(endpoint);
  const url = new URL(endpoint.url);
  const headers = { accept: 'application/json', ...authorization(url), ...endpoint.headers };
  const pathOf = pathsUnder(url);
  const line = options.line ?? createByteBudget().line();
  const pool = new Pool(url.origin, {
    connections: options.connections,
    connect: { timeout: options.connectTimeoutMs ?? 5_000 },
    keepAliveTimeout: 30_000,
  });

  function failure(what: string, error: unknown, timedOut: boolean, timeoutMs: number): RpcError {
    if (timedOut) {
      return new RpcError(
        'RPC_TIMEOUT',
        'timeout',
        name,
        `${what}: no complete answer within ${timeoutMs} ms`,
        { retryable: true },
      );
    }
    const said = scrub(messageOf(error));
    return new RpcError(
      'RPC_UNREACHABLE',
      'unreachable',
      name,
      `${what}: ${said}: is the endpoint up, and its address right?`,
      {
        retryable: true,
        // Not undici's error itself: it may carry the URL, and with it the key.
        cause: new Error(said),
      },
    );
  }

  function badAnswer(what: string, said: string, cause?: unknown): RpcError {
    const hint = said.startsWith('HTML') ? `: ${options.hint}` : '';
    return badResponse(
      name,
      `${what}: answered ${scrub(said)}${hint}`,
      cause === undefined ? undefined : new Error(scrub(messageOf(cause))),
    );
  }

  function checkStatus(what: string, { status, headers, body }: Answer): void {
    const contentType = headers['content-type'] ?? '';
    const good = status >= 200 && status < 300;
    if (good && !isHtml(contentType, body)) return;
    const said = `HTTP ${status} to ${what}${briefly(body, contentType)}`;
    if (status === 401 || status === 403) throw unauthorized(name, scrub(said), options.variables);
    if (status === 429) throw rateLimited(name, scrub(said), readRetryAfter(headers['retry-after']));
    const error = good ? null : options.errorIn(what, status, body);
    if (error !== null) throw error;
    if (isHtml(contentType, body)) throw badAnswer(what, `HTML, not JSON (HTTP ${status})`);
    if (status >= 500) throw new RpcError('RPC_ERROR', 'http', name, scrub(said), { retryable: true });
    throw badResponse(name, scrub(`${said}: ${options.hint}`));
  }

  function fetchAt(place: Place, request: HttpRequest, call: CallOptions): Promise<Buffer> {
    const { what, body } = request;
    const { signal, timeoutMs } = call;
    return withDeadline(signal, timeoutMs, async (limited, expired) => {
      let answer: Answer;
      const most = call.largestAnswer ?? LARGEST_ANSWER;
      try {
        answer = await exchange(
          pool,
          {
            path: pathOf(request.path ?? ''),
            ...(body === undefined
              ? { method: 'GET', headers }
              : {
                  method: 'POST',
                  headers: { 'content-type': 'application/json', ...headers },
                  body: typeof body === 'string' ? body : JSON.stringify(body),
                }),
            headersTimeout: timeoutMs,
            bodyTimeout: timeoutMs,
          },
          limited,
          most,
          place.hold,
        );
        const encoding = answer.headers['content-encoding'];
        if (encoding !== undefined) {
          const packed = answer.body.length;
          const unpacked = await unpack(answer.body, encoding, most);
          if (!place.hold(packed + unpacked.length)) throw new NoRoom(unpacked.length);
          answer = { ...answer, body: unpacked };
          place.hold(unpacked.length);
        }
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        if (error instanceof NoRoom) throw error;
        if (error instanceof AnswerTooLarge || error instanceof CannotUnpack)
          throw badAnswer(what, error.message);
        const timedOut =
          expired() ||
          (error instanceof Error && /^UND_ERR_(HEADERS|BODY|CONNECT)_TIMEOUT$/.test(codeOf(error)));
        throw failure(what, error, timedOut, timeoutMs);
      }
      checkStatus(what, answer);
      return answer.body;
    });
  }

  /** Reads the answer with `read` while its bytes are held, and gives them back. */
  async function inLine<T>(
    request: HttpRequest,
    call: CallOptions,
    read: (body: Buffer, place: Place) => T,
  ): Promise<T> {
    const place = line.join();
    try {
      return await withRoom(place, 0, call.signal, async () =>
        read(await fetchAt(place, request, call), place),
      );
    } finally {
      place.release();
    }
  }

  return {
    name,
    fetch: (request, call) =>
      call.place ? fetchAt(call.place, request, call) : inLine(request, call, (body) => body),
    json: (request, call) =>
      inLine(request, call, (body, place) => {
        const parsed = body.length * PARSED;
        if (body.length > LARGE && !place.hold(parsed)) throw new NoRoom(parsed);
        try {
          return JSON.parse(textOf(body));
        } catch (cause) {
          throw badAnswer(
            request.what,
            `text that is not JSON, or JSON cut off after ${body.length} bytes`,
            cause,
          );
        }
      }),
    badAnswer,
    scrub,
    close: () => pool.destroy(),
  };
}

/** Most answers are ASCII throughout, and `latin1` decodes those several times as fast as `utf8` does. */
function textOf(body: Buffer): string {
  return body.toString(isAscii(body) ? 'latin1' : 'utf8');
}

/** Joins the endpoint's own path and query, in which API keys may stand, with those of a request. */
function pathsUnder(url: URL): (more: string) => string {
  const base = url.pathname.replace(/\/$/, '');
  const own = url.search.slice(1);
  return (more) => {
    const [path = '', query = ''] = more.split('?', 2);
    const queries = own === '' || query === '' ? own + query : `${own}&${query}`;
    const whole = path === '' ? url.pathname : base + path;
    return queries === '' ? whole : `${whole}?${queries}`;
  };
}

function authorization(url: URL): Record<string, string> {
  if (url.username === '' && url.password === '') return {};
  const pair = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** HTML by its content type, or because `<` is the first byte that is not white space. */
function isHtml(contentType: string, body: Buffer): boolean {
  if (contentType.includes('text/html')) return true;
  const first = body.subarray(0, 64).find((byte) => !isSpace(byte));
  return first === 0x3c;
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d) || byte === 0xa0;
}

function briefly(body: Buffer, contentType: string): string {
  if (body.length === 0 || isHtml(contentType, body)) return '';
  const text = body.subarray(0, 200).toString('utf8').replace(/\s+/g, ' ').trim();
  return text === '' ? '' : `: ${text}`;
}
