/** How environment and network file become the parts that processes are composed of. */
import type { Env } from '../../config/env.js';
import type { Network } from '../../config/networks.js';
import { CHAINS, type Chain } from '../events/event.js';
import type { KnownToken, ProjectionContext } from '../projections/projection.js';
import type { QueueBackend } from '../queue/backend.js';
import { NdxError } from '../runtime/errors.js';
import { readRunFile } from './run-file.js';

/** The queue lives in Redis when REDIS_URL is set, else in the database itself. */
export function queueBackendOf(env: Env, databaseUrl: string): QueueBackend {
  return env.redisUrls ? { kind: 'redis', url: env.redisUrls.join(',') } : { kind: 'postgres', url: databaseUrl };
}

/** Chains that the network file follows. */
export function chainsOf(network: Network): Chain[] {
  return CHAINS.filter((chain) => chain === 'solana' && network.solana !== undefined);
}

/** @throws NdxError CONFIG_INVALID */
export function assertFollowed(network: Network, chain: Chain): void {
  if (chainsOf(network).includes(chain)) return;
  throw new NdxError('CONFIG_INVALID', `the network file ${network.file} does not follow ${chain}: add a "${chain}" section to it`);
}

export function projectionContextOf(network: Network): ProjectionContext {
  const tokens: KnownToken[] = (network.solana?.follow.tokens ?? []).map(({ mint, symbol, decimals }) => ({
    chain: 'solana',
    address: mint,
    symbol,
    decimals,
  }));
  return { tokens, platformToken: network.platformToken };
}

export interface SolanaEndpointConfig {
  readonly url: string;
  readonly wsUrl?: string;
  readonly requestsPerSecond?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * SOLANA_RPC_URL, else the network file's endpoints, else the devnet of the `ndx up` that runs on this data folder.
 * @throws NdxError CONFIG_INVALID when there is none
 */
export function solanaEndpointsOf(env: Env, network: Network, dataDir: string): SolanaEndpointConfig[] {
  const headers = env.solana.apiKey === undefined ? {} : { headers: { 'x-api-key': env.solana.apiKey } };
  if (env.solana.rpcUrls) {
    return env.solana.rpcUrls.map((url, at) => ({
      url,
      ...headers,
      ...(at === 0 && env.solana.wsUrl !== undefined ? { wsUrl: env.solana.wsUrl } : {}),
    }));
  }
  const configured = network.solana?.rpc ?? [];
  if (configured.length > 0) {
    return configured.map(({ url, ws, requestsPerSecond }) => ({
      url,
      ...headers,
      ...(ws === undefined ? {} : { wsUrl: ws }),
      ...(requestsPerSecond === undefined ? {} : { requestsPerSecond }),
    }));
  }
  const devnet = readRunFile(dataDir)?.devnet;
  if (devnet) return [{ url: devnet.url, wsUrl: devnet.wsUrl }];
  throw new NdxError(
    'CONFIG_INVALID',
    'no Solana endpoint: set SOLANA_RPC_URL, name endpoints in solana.rpc of the network file, or start the local chain with `ndx up`',
  );
}
