/**
 * Asks through the `Connection` of `@solana/web3.js`, over our own transport: for what is asked seldom. One
 * is made for each attempt at one endpoint of the pool, so failover, rate limits, time limits, abort and
 * metrics are the pool's, and when the SDK refuses an answer, another endpoint is asked. Blocks and
 * transactions are read without it: ADR 7 has the figures.
 */
import { Connection, type FetchFn, SolanaJSONRPCError } from '@solana/web3.js';
import { messageOf } from '../../../runtime/errors.js';
import type { Asked, AskOptions } from '../../http/ask.js';
import type { CallOptions } from '../../http/client.js';
import type { RpcClient } from './client.js';
import type { RpcPool } from './pool.js';

/**
 * What the SDK is given as the endpoint's address. The real one may hold keys: the SDK never sees it, so none
 * of its errors can show it.
 */
const ADDRESS = 'http://endpoint.invalid';
/** Bytes. No answer that comes this way is a block; the largest are lists of accounts. */
const LARGEST_ANSWER = 16 * 1024 * 1024;

/**
 * @param method the JSON-RPC method that `work` calls, for metrics and errors
 * @param work one call of the SDK
 * @throws RpcError as every request through the pool; RPC_BAD_RESPONSE names the field that the SDK refuses
 */
export function askConnection<T>(
  pool: RpcPool,
  method: string,
  work: (connection: Connection) => Promise<T>,
  { timeoutMs, ...options }: AskOptions & Pick<CallOptions, 'timeoutMs'>,
): Promise<Asked<T>> {
  const call = { signal: options.signal, timeoutMs, largestAnswer: LARGEST_ANSWER };
  return pool.ask(method, (client) => once(client, method, work, call), options);
}

async function once<T>(
  client: RpcClient,
  method: string,
  work: (connection: Connection) => Promise<T>,
  call: CallOptions,
): Promise<T> {
  /** What the transport rejected with: the SDK may wrap it, and never settles when it is not an Error. */
  let failure: { readonly error: unknown } | null = null;
  const post: FetchFn = async (_, init) => {
    try {
      return new Response(await client.post(method, String(init?.body), call));
    } catch (error) {
      failure = { error };
      throw new Error('the request failed');
    }
  };
  const connection = new Connection(ADDRESS, {
    fetch: post,
    // The pool's limiter waits instead.
    disableRetryOnRateLimit: true,
    // Else the SDK makes an agent with a timer of its own.
    httpAgent: false,
  });
  try {
    return await work(connection);
  } catch (error) {
    throw failure === null ? refusal(client, method, error) : (failure as { error: unknown }).error;
  }
}

function refusal(client: RpcClient, method: string, error: unknown): Error {
  // It wraps what its own validation throws, too.
  if (error instanceof SolanaJSONRPCError && typeof error.code === 'number')
    return client.errorFrom(method, error.code, error.message);
  if (error instanceof SyntaxError) return client.badAnswer(method, 'text that is not JSON', error);
  return client.badAnswer(method, `a result of another shape (${fieldOf(error)})`);
}

/** The deepest field that superstruct refuses: its other failures are of the unions around that field. */
function fieldOf(error: unknown): string {
  const [first] = failuresIn(error).sort((a, b) => b.path.length - a.path.length);
  if (first === undefined) return messageOf(error).slice(0, 200);
  return `${['result', ...first.path].join('.')}: ${first.message.slice(0, 200)}`;
}

interface Failure {
  readonly path: readonly unknown[];
  readonly message: string;
}

function failuresIn(error: unknown): Failure[] {
  if (typeof error !== 'object' || error === null || !('failures' in error)) return [];
  const { failures } = error;
  return typeof failures === 'function' ? [...(failures.call(error) as Iterable<Failure>)] : [];
}
