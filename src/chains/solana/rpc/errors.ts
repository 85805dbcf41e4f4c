/** What an endpoint can answer instead of a result, told apart by what helps against it. */
import { type ErrorCode, NdxError } from '../../../runtime/errors.js';

export type RpcReason =
  | 'unauthorized'
  | 'rate-limited'
  | 'timeout'
  | 'unreachable'
  /** HTTP 5xx and other statuses that say nothing of the request. */
  | 'http'
  /** Not JSON, or JSON of another shape. */
  | 'bad-response'
  /** The node is behind the cluster. */
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

export class RpcError extends NdxError {
  readonly reason: RpcReason;
  /** Redacted. */
  readonly endpoint: string;
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

/** The endpoint works and told us about the block, so its health is not in question. */
export function isAboutBlock({ reason }: RpcError): boolean {
  return reason === 'not-yet' || reason === 'skipped-or-missing' || reason === 'cleaned-up';
}

export function unauthorized(endpoint: string, said: string): RpcError {
  return new RpcError(
    'RPC_UNAUTHORIZED',
    'unauthorized',
    endpoint,
    `refuses our credentials (${said}): check the API key in its URL or headers (SOLANA_RPC_URL, SOLANA_RPC_API_KEY)`,
    { retryable: false },
  );
}

export function rateLimited(endpoint: string, said: string, retryAfterMs: number | null): RpcError {
  return new RpcError('RPC_RATE_LIMITED', 'rate-limited', endpoint, `limits our rate (${said})`, { retryable: true, retryAfterMs });
}

export function badResponse(endpoint: string, said: string, cause?: unknown): RpcError {
  return new RpcError('RPC_BAD_RESPONSE', 'bad-response', endpoint, said, { retryable: true, cause });
}

/** Error codes of Agave (rpc-client-api/src/custom_error.rs), JSON-RPC 2.0, and those that hosted providers add. */
export function fromJsonRpc(endpoint: string, method: string, code: number, message: string): RpcError {
  const said = `${method}: ${message} (${code})`;
  const unavailable = (reason: RpcReason, hint: string, retryable: boolean): RpcError =>
    new RpcError('BLOCK_UNAVAILABLE', reason, endpoint, `${said}: ${hint}`, { retryable });
  switch (code) {
    case 401:
    case 403:
    case -32401:
    case -32403:
    case -32052:
      return unauthorized(endpoint, said);
    case 429:
    case -32429:
      return rateLimited(endpoint, said, null);
    case -32015:
      return new RpcError(
        'TRANSACTION_VERSION_UNSUPPORTED',
        'version',
        endpoint,
        `${said}: the block holds a transaction version that this release does not read. Nothing is skipped; update normaldance-indexer`,
        { retryable: false },
      );
    case -32004:
    case -32014:
      return unavailable('not-yet', 'not available yet', true);
    case -32007:
    case -32009:
      return unavailable('skipped-or-missing', 'skipped, or missing on this endpoint', true);
    case -32001:
      return unavailable('cleaned-up', 'older than what this endpoint keeps; configure an archival endpoint for old ranges', false);
    case -32005:
    case -32016:
      return new RpcError('RPC_ERROR', 'behind', endpoint, `${said}: the node is behind the cluster`, { retryable: true });
    case -32600:
    case -32601:
    case -32602:
      return new RpcError('RPC_ERROR', 'rpc', endpoint, `${said}: the endpoint does not accept this request`, { retryable: false });
    default:
      return new RpcError('RPC_ERROR', 'rpc', endpoint, said, { retryable: true });
  }
}
