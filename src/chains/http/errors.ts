/** What can go wrong with a request to an endpoint, told apart by what helps against it. */

import type { ErrorCode } from '../../runtime/error-codes.js';
import { NdxError } from '../../runtime/errors.js';

export type RpcReason =
  | 'unauthorized'
  | 'rate-limited'
  | 'timeout'
  | 'unreachable'
  /** HTTP 5xx and other statuses that say nothing of the request. */
  | 'http'
  /** Not JSON, or JSON of another shape. */
  | 'bad-response'
  /** It serves another chain. */
  | 'wrong-chain'
  /** The answer lacks something that other answers prove to exist. */
  | 'incomplete'
  /** The node is behind its chain. */
  | 'behind'
  /** The node will have the block soon. */
  | 'not-yet'
  /** The node has no block there: skipped, or missing on this node. Only parent links tell which. */
  | 'skipped-or-missing'
  /** Older than what the node keeps. */
  | 'cleaned-up'
  | 'version'
  /** Any other JSON-RPC error. */
  | 'rpc';

/** An error of one endpoint. `retryable` says whether the same request may succeed later. */
export class RpcError extends NdxError {
  readonly reason: RpcReason;
  /** Redacted. */
  readonly endpoint: string;
  /** Milliseconds that the endpoint asks us to wait; null: it did not say. */
  readonly retryAfterMs: number | null;

  constructor(
    code: ErrorCode,
    reason: RpcReason,
    endpoint: string,
    message: string,
    options: { readonly retryable: boolean; readonly retryAfterMs?: number | null; readonly cause?: unknown },
  ) {
    super(code, `${endpoint}: ${message}`, options);
    this.name = 'RpcError';
    this.reason = reason;
    this.endpoint = endpoint;
    this.retryAfterMs = options.retryAfterMs ?? null;
  }
}

/** Whether the error is about the block that was asked for: then the endpoint itself is healthy. */
export function isAboutBlock({ reason }: RpcError): boolean {
  return reason === 'not-yet' || reason === 'skipped-or-missing' || reason === 'cleaned-up';
}

/**
 * The endpoint refuses our credentials: RPC_UNAUTHORIZED.
 * @param variables the environment variables in which the operator sets the endpoint's address and key
 */
export function unauthorized(endpoint: string, said: string, variables: string): RpcError {
  const message = `refuses our credentials (${said}): check the API key in its URL or headers (${variables})`;
  return new RpcError('RPC_UNAUTHORIZED', 'unauthorized', endpoint, message, { retryable: false });
}

/**
 * The endpoint refuses requests because there were too many (retryable).
 * @param said for people: the status, or the API's own words
 * @param retryAfterMs what the endpoint asks us to wait; null where it does not say
 */
export function rateLimited(endpoint: string, said: string, retryAfterMs: number | null): RpcError {
  return new RpcError('RPC_RATE_LIMITED', 'rate-limited', endpoint, `limits our rate (${said})`, {
    retryable: true,
    retryAfterMs,
  });
}

/**
 * The endpoint's answer is not what it should be (retryable: another endpoint may answer right).
 * @param said for people: what is wrong with the answer
 */
export function badResponse(endpoint: string, said: string, cause?: unknown): RpcError {
  return new RpcError('RPC_BAD_RESPONSE', 'bad-response', endpoint, said, { retryable: true, cause });
}
