/** The TON endpoints as one, whatever API each speaks: http/pool/pool.ts over {@link TonEndpoint}s. */
import { NdxError } from '../../runtime/errors.js';
import type { Log } from '../../runtime/log.js';
import { type ByteBudget, createByteBudget } from '../http/bytes/budget.js';
import type { SourceMetrics } from '../http/endpoint.js';
import { createPool, type EndpointPool } from '../http/pool/pool.js';
import { nameOf } from '../http/redact.js';
import type { TonEndpointConfig, TonEndpointKind } from './endpoints/config.js';
import type { TonEndpoint } from './endpoints/endpoint.js';
import { createToncenterV2 } from './endpoints/toncenter-v2.js';
import { createToncenterV3 } from './endpoints/toncenter-v3.js';
import { createV4Endpoint } from './endpoints/v4.js';

export interface TonPool extends EndpointPool<TonEndpoint & { close(): Promise<void> }> {
  /** Names of all endpoints, ordered by kind: those of the kinds given first, in that order. */
  preferring(...kinds: readonly TonEndpointKind[]): readonly string[];
}

export interface TonPoolOptions {
  readonly endpoints: readonly TonEndpointConfig[];
  readonly log: Log;
  readonly metrics?: SourceMetrics | undefined;
  readonly concurrency: number;
  readonly timeoutMs: number;
  readonly retries: number;
  readonly backoffMs: number;
  /** What the answers' bytes count against; default: a budget of the pool's own. */
  readonly budget?: ByteBudget;
}

const CREATE = {
  v4: createV4Endpoint,
  'toncenter-v3': createToncenterV3,
  'toncenter-v2': createToncenterV2,
} as const;
/** Masterchain blocks that an endpoint may be behind: an index is a few behind its node. */
const LAGGING_BLOCKS = 8;

/** @throws NdxError CONFIG_INVALID when no endpoint is configured */
export function createTonPool({ endpoints, timeoutMs, budget, ...options }: TonPoolOptions): TonPool {
  const line = (budget ?? createByteBudget()).line();
  if (endpoints.length === 0)
    throw new NdxError('CONFIG_INVALID', 'no TON endpoint is configured: set TON_V4_URL or TONCENTER_V3_URL');
  const clients = endpoints.map((endpoint) => {
    const sameKind = endpoints.filter(({ kind }) => kind === endpoint.kind);
    const name = `${nameOf(sameKind, sameKind.indexOf(endpoint))} (${endpoint.kind})`;
    const client = CREATE[endpoint.kind](endpoint, {
      kind: endpoint.kind,
      name,
      connections: options.concurrency,
      timeoutMs,
      line,
    });
    return { client, requestsPerSecond: endpoint.requestsPerSecond };
  });
  const pool = createPool({
    ...options,
    laggingBlocks: LAGGING_BLOCKS,
    askGenesis: (endpoint, signal) => endpoint.rootHash(1, { signal }),
    members: clients,
  });
  return {
    ...pool,
    preferring: (...kinds) => {
      const place = (kind: TonEndpointKind) => (kinds.includes(kind) ? kinds.indexOf(kind) : kinds.length);
      return clients
        .map(({ client }) => client)
        .sort((a, b) => place(a.kind) - place(b.kind))
        .map(({ name }) => name);
    },
  };
}
