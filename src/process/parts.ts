/** Turns environment and network file into the parts that processes are composed of. */
import type { Env } from '../../config/env.js';
import type { Network } from '../../config/networks.js';
import { CHAINS } from '../events/event.js';
import type { ProjectionContext } from '../projections/projection.js';
import type { QueueBackend } from '../queue/backend.js';
import { CHAIN_PARTS } from './chains/table.js';

/** The queue is in Redis when REDIS_URL is set, otherwise in the database itself. */
export function queueBackendOf(env: Env, databaseUrl: string): QueueBackend {
  return env.redisUrls
    ? { kind: 'redis', url: env.redisUrls.join(',') }
    : { kind: 'postgres', url: databaseUrl };
}

/** What projections need from the network file. */
export function projectionContextOf(network: Network): ProjectionContext {
  return {
    tokens: CHAINS.flatMap((chain) => CHAIN_PARTS[chain].tokens(network)),
    platformToken: network.platformToken,
  };
}
