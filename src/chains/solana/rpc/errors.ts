/** What the JSON-RPC errors of Solana nodes mean. */
import { RpcError, type RpcReason, rateLimited, unauthorized } from '../../http/errors.js';

export const SOLANA_VARIABLES = 'SOLANA_RPC_URL, SOLANA_RPC_API_KEY';

/**
 * The RpcError that a JSON-RPC error means. The codes are Agave's (rpc-client-api/src/custom_error.rs), those
 * of JSON-RPC 2.0, and those that hosted providers add.
 */
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
      return unauthorized(endpoint, said, SOLANA_VARIABLES);
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
      return unavailable(
        'cleaned-up',
        'older than what this endpoint keeps; configure an archival endpoint for old ranges',
        false,
      );
    case -32005:
    case -32016:
      return new RpcError('RPC_ERROR', 'behind', endpoint, `${said}: the node is behind the cluster`, {
        retryable: true,
      });
    case -32600:
    case -32601:
    case -32602:
      return new RpcError(
        'RPC_ERROR',
        'rpc',
        endpoint,
        `${said}: the endpoint does not accept this request`,
        { retryable: false },
      );
    default:
      return new RpcError('RPC_ERROR', 'rpc', endpoint, said, { retryable: true });
  }
}
