/**
 * What the HTTP APIs of TON share: one client, checked answers, and the errors that liteservers behind them
 * give.
 */
import type { z } from 'zod';
import { readAtDoor } from '../../../runtime/untrusted.js';
import type { ByteLine } from '../../http/bytes/budget.js';
import { createHttpClient, type HttpClient, type HttpRequest } from '../../http/client.js';
import type { Endpoint } from '../../http/endpoint.js';
import { RpcError } from '../../http/errors.js';
import { readCellText } from '../cells/boc.js';
import type { Cell } from '../cells/cell.js';
import type { TonEndpointKind } from './config.js';
import type { CallOptions } from './endpoint.js';

const TON_VARIABLES = 'TON_V4_URL, TONCENTER_V3_URL, TONCENTER_V2_URL, TON_API_KEY';

/** Path of an API at hosts that serve several; used when the configured address has no path. */
const DEFAULT_PATHS: Readonly<Record<TonEndpointKind, string>> = {
  v4: '',
  'toncenter-v3': '/api/v3',
  'toncenter-v2': '/api/v2',
};

export interface TonHttpOptions {
  readonly kind: TonEndpointKind;
  readonly name: string;
  readonly connections: number;
  /** Milliseconds a request. */
  readonly timeoutMs: number;
  /** The line of answers that are read as they come. */
  readonly line?: ByteLine;
}

/** Reads a whole answer with the checks of runtime/untrusted.ts. @throws WrongField */
export type DoorReader<T> = (answer: unknown, holder: object, key: PropertyKey) => T;

export interface TonHttp {
  readonly name: string;
  /**
   * The answer as `read` finds it.
   * @throws RpcError also when a check of `read` fails: the answer is not as expected
   */
  get<T>(request: HttpRequest, read: DoorReader<T>, options: CallOptions): Promise<T>;
  /** {@link get}, unread: the answer's JSON. */
  json(request: HttpRequest, options: CallOptions & { readonly largestAnswer?: number }): Promise<unknown>;
  parse<T>(what: string, schema: z.ZodType<T>, answer: unknown): T;
  badAnswer: HttpClient['badAnswer'];
  /** The root cell of a base64 BoC in an answer. @throws RpcError */
  cell(what: string, base64: string): Cell;
  /** Makes the RpcError BLOCK_UNAVAILABLE (retryable) of a block that the endpoint does not have. */
  missing(what: string, said: string): RpcError;
  /** Makes the RpcError of an API's error text, which wraps what its liteserver said. */
  failure(what: string, said: string, status: number): RpcError;
  close(): Promise<void>;
}

/** @param endpoint a URL without a path gets the usual one of its kind */
export function createTonHttp(
  endpoint: Endpoint,
  { kind, name, connections, timeoutMs, line }: TonHttpOptions,
): TonHttp {
  const url = new URL(endpoint.url);
  if (url.pathname === '/' && DEFAULT_PATHS[kind] !== '') url.pathname = DEFAULT_PATHS[kind];
  const http = createHttpClient(
    { ...endpoint, url: url.href },
    {
      name,
      connections,
      line,
      hint: `is its address one of a TON ${kind} API?`,
      variables: TON_VARIABLES,
      errorIn: (what, status, body) => {
        const said = messageIn(body);
        return said === null ? null : failure(what, said, status);
      },
    },
  );

  function missing(what: string, said: string): RpcError {
    return new RpcError(
      'BLOCK_UNAVAILABLE',
      'skipped-or-missing',
      name,
      `${what}: ${said}: not there yet, or no longer kept`,
      {
        retryable: true,
      },
    );
  }

  function failure(what: string, text: string, status: number): RpcError {
    const said = http.scrub(text.slice(0, 300));
    if (isMissing(said)) return missing(what, said);
    if (status === 429 || /ratelimit|rate limit|too many/i.test(said))
      return new RpcError('RPC_RATE_LIMITED', 'rate-limited', name, `${what}: ${said}`, { retryable: true });
    const refused = status === 422 || status === 400;
    return new RpcError('RPC_ERROR', refused ? 'rpc' : 'http', name, `${what}: ${said} (${status})`, {
      retryable: !refused,
    });
  }

  function parse<T>(what: string, schema: z.ZodType<T>, answer: unknown): T {
    const result = schema.safeParse(answer);
    if (result.success) return result.data;
    const issue = result.error.issues[0];
    throw otherShape(what, `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'invalid'}`);
  }

  const otherShape = (what: string, how: string): RpcError =>
    http.badAnswer(what, `JSON of another shape (${how})`);

  const json: TonHttp['json'] = (request, options) => http.json(request, { ...options, timeoutMs });
  return {
    name: http.name,
    json,
    parse,
    get: async (request, read, options) => {
      const answer = await json(request, options);
      return readAtDoor(answer, read, (path, said) =>
        otherShape(request.what, `${path === '' ? 'it' : path}: ${said}`),
      );
    },
    badAnswer: http.badAnswer,
    cell(what, base64) {
      try {
        return readCellText(base64);
      } catch (cause) {
        throw http.badAnswer(what, 'a bag of cells that cannot be read', cause);
      }
    },
    missing,
    failure,
    close: http.close,
  };
}

/**
 * Liteservers: "block is not in db", "block not found", LITE_SERVER_NOTREADY (651), "not applied"; toncenter:
 * "not found".
 */
function isMissing(text: string): boolean {
  return /not in db|not found|notready|not ready|not applied|cannot load block|seqno is too|\b651\b/i.test(
    text,
  );
}

function messageIn(body: Buffer): string | null {
  if (body.length > 64 * 1024) return null;
  try {
    const json: unknown = JSON.parse(body.toString('utf8'));
    if (typeof json !== 'object' || json === null) return null;
    const said =
      'error' in json ? json.error : 'detail' in json ? json.detail : 'message' in json ? json.message : null;
    return typeof said === 'string'
      ? said
      : said === null || said === undefined
        ? null
        : JSON.stringify(said);
  } catch {
    // No JSON: then the HTTP status is all there is to tell.
    return null;
  }
}
