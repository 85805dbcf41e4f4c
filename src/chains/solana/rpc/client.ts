/** One Solana JSON-RPC endpoint: http/client.ts with the envelope and the errors of JSON-RPC. */
import { z } from 'zod';
import type { ByteLine } from '../../http/bytes/budget.js';
import { type CallOptions, createHttpClient } from '../../http/client.js';
import type { Endpoint } from '../../http/endpoint.js';
import type { RpcError } from '../../http/errors.js';
import { fromJsonRpc, SOLANA_VARIABLES } from './errors.js';

export interface RpcClient {
  /** Redacted: safe in logs, errors and rows. */
  readonly name: string;
  /**
   * The answer's bytes, unparsed: only HTTP itself has been checked, a JSON-RPC error has not been noticed.
   * Rejects with RpcError, or with the signal's reason.
   */
  fetch(method: string, params: readonly unknown[], options: CallOptions): Promise<Buffer>;
  /** {@link fetch} for a JSON-RPC request that is written already; `method` names it in errors. */
  post(method: string, body: string, options: CallOptions): Promise<Buffer>;
  /**
   * The answer's result, checked against `schema`.
   * @throws RpcError also of a JSON-RPC error (errors.ts); RPC_BAD_RESPONSE when the result has another shape
   */
  call<T>(method: string, params: readonly unknown[], schema: z.ZodType<T>, options: CallOptions): Promise<T>;
  /** Makes the RpcError of a JSON-RPC error that this endpoint answered. */
  errorFrom(method: string, code: number, message: string): RpcError;
  /** Makes the RpcError RPC_BAD_RESPONSE of an answer that is not what it should be. */
  badAnswer(method: string, what: string, cause?: unknown): RpcError;
  close(): Promise<void>;
}

export interface ClientOptions {
  /** When the URL's own name is not enough to tell two endpoints apart. */
  readonly name?: string;
  readonly connections: number;
  readonly connectTimeoutMs?: number;
  /** The line of answers that are read as they come. */
  readonly line?: ByteLine;
}

const replySchema = z.object({
  result: z.unknown().optional(),
  error: z.object({ code: z.number(), message: z.string() }).optional(),
});

export function createRpcClient(endpoint: Endpoint, options: ClientOptions): RpcClient {
  let id = 0;
  const http = createHttpClient(endpoint, {
    ...options,
    hint: 'is SOLANA_RPC_URL a Solana JSON-RPC endpoint?',
    variables: SOLANA_VARIABLES,
    errorIn: (method, _, body) => {
      const error = jsonRpcErrorIn(body);
      return error && errorFrom(method, error.code, error.message);
    },
  });

  function errorFrom(method: string, code: number, message: string): RpcError {
    return fromJsonRpc(http.name, method, code, http.scrub(message));
  }

  function requestOf(method: string, params: readonly unknown[]) {
    id += 1;
    return { what: method, body: { jsonrpc: '2.0', id, method, params } };
  }

  return {
    name: http.name,
    fetch: (method, params, callOptions) => http.fetch(requestOf(method, params), callOptions),
    post: (method, body, callOptions) => http.fetch({ what: method, body }, callOptions),
    async call(method, params, schema, callOptions) {
      const reply = replySchema.safeParse(await http.json(requestOf(method, params), callOptions));
      if (!reply.success) throw http.badAnswer(method, 'JSON that is no JSON-RPC answer');
      if (reply.data.error !== undefined)
        throw errorFrom(method, reply.data.error.code, reply.data.error.message);
      const result = schema.safeParse(reply.data.result);
      if (result.success) return result.data;
      const issue = result.error.issues[0];
      throw http.badAnswer(
        method,
        `a result of another shape (${['result', ...(issue?.path ?? [])].join('.')}: ${issue?.message ?? 'invalid'})`,
      );
    },
    errorFrom,
    badAnswer: http.badAnswer,
    close: http.close,
  };
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
