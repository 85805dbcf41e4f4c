/** The Solana endpoints as one: http/pool/pool.ts over JSON-RPC clients. */
import { z } from 'zod';
import { NdxError } from '../../../runtime/errors.js';
import type { Log } from '../../../runtime/log.js';
import { type ByteBudget, createByteBudget } from '../../http/bytes/budget.js';
import type { Endpoint, SourceMetrics } from '../../http/endpoint.js';
import { createPool, type EndpointPool } from '../../http/pool/pool.js';
import { nameOf } from '../../http/redact.js';
import { createRpcClient, type RpcClient } from './client.js';

export type RpcPool = EndpointPool<RpcClient>;

interface RpcPoolOptions {
  readonly endpoints: readonly Endpoint[];
  readonly log: Log;
  readonly metrics?: SourceMetrics | undefined;
  /** Requests at once to one endpoint. */
  readonly concurrency: number;
  /** How many rounds may follow a failed first one, and milliseconds before the second. */
  readonly retries: number;
  readonly backoffMs: number;
  /** What the answers' bytes count against; default: a budget of the pool's own. */
  readonly budget?: ByteBudget;
}

/** Slots that an endpoint may be behind before it is asked last: about ten seconds. */
const LAGGING_SLOTS = 25;
const GENESIS_MS = 5_000;

/** @throws NdxError CONFIG_INVALID when no endpoint is configured */
export function createRpcPool({ endpoints, budget, ...options }: RpcPoolOptions): RpcPool {
  const line = (budget ?? createByteBudget()).line();
  if (endpoints.length === 0)
    throw new NdxError('CONFIG_INVALID', 'no Solana RPC endpoint is configured: set SOLANA_RPC_URL');
  return createPool({
    ...options,
    laggingBlocks: LAGGING_SLOTS,
    askGenesis: (client, signal) =>
      client.call('getGenesisHash', [], z.string().min(1).max(100), { signal, timeoutMs: GENESIS_MS }),
    members: endpoints.map((endpoint, index) => ({
      client: createRpcClient(endpoint, {
        name: nameOf(endpoints, index),
        connections: options.concurrency,
        line,
      }),
      requestsPerSecond: endpoint.requestsPerSecond,
    })),
  });
}
