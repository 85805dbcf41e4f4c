/** How environment and network file become the parts that processes are composed of. */
import type { Env } from '../../config/env.js';
import type { Network } from '../../config/networks.js';
import { CHAINS, type Chain } from '../events/event.js';
import type { KnownToken, ProjectionContext } from '../projections/projection.js';
import type { QueueBackend } from '../queue/backend.js';
import { NdxError } from '../runtime/errors.js';

/** The queue lives in Redis when REDIS_URL is set, else in the database itself. */
export function queueBackendOf(env: Env, databaseUrl: string): QueueBackend {
  return env.redisUrls
    ? { kind: 'redis', url: env.redisUrls.join(',') }
    : { kind: 'postgres', url: databaseUrl };
}

/** Chains that the network file follows. */
export function chainsOf(network: Network): Chain[] {
  return CHAINS.filter((chain) => network[chain] !== undefined);
}

/** @throws NdxError CONFIG_INVALID */
export function assertFollowed(network: Network, chain: Chain): void {
  if (chainsOf(network).includes(chain)) return;
  throw new NdxError(
    'CONFIG_INVALID',
    `the network file ${network.file} does not follow ${chain}: add a "${chain}" section to it`,
  );
}

export function projectionContextOf(network: Network): ProjectionContext {
  const mints = (network.solana?.follow.tokens ?? []).map(
    ({ mint, symbol, decimals }): KnownToken => ({ chain: 'solana', address: mint, symbol, decimals }),
  );
  const jettons = (network.ton?.follow.jettons ?? []).map(
    ({ master, symbol, decimals }): KnownToken => ({ chain: 'ton', address: master, symbol, decimals }),
  );
  return { tokens: [...mints, ...jettons], platformToken: network.platformToken };
}
