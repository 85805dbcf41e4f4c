/** Which endpoints a chain is read from: the environment's, else the network file's, else the devnet of a running `ndx up`. */
import type { Env } from '../../config/env.js';
import type { Network } from '../../config/networks.js';
import type { SolanaEndpoint } from '../chains/solana/source.js';
import type { TonEndpointConfig } from '../chains/ton/pool.js';
import type { Chain } from '../events/event.js';
import { NdxError } from '../runtime/errors.js';
import { readRunFile } from './run-file.js';

/** null: neither environment nor network file names any. */
export function configuredEndpoints(
  env: Env,
  network: Network,
  chain: Chain,
): { readonly from: string; readonly urls: readonly string[] } | null {
  const inFile = chain === 'solana' ? (network.solana?.rpc ?? []) : (network.ton?.endpoints ?? []);
  if (chain === 'solana' && env.solana.rpcUrls) return { from: 'SOLANA_RPC_URL', urls: env.solana.rpcUrls };
  const named = chain === 'ton' ? tonInEnvironment(env) : [];
  if (named.length > 0)
    return {
      from: [...new Set(named.map(({ variable }) => variable))].join(', '),
      urls: named.map(({ url }) => url),
    };
  return inFile.length > 0 ? { from: network.file, urls: inFile.map(({ url }) => url) } : null;
}

/** @throws NdxError CONFIG_INVALID when there is none */
export function solanaEndpointsOf(env: Env, network: Network, dataDir: string): SolanaEndpoint[] {
  const headers = headersOf(env.solana.apiKey);
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

/** @throws NdxError CONFIG_INVALID when there is none */
export function tonEndpointsOf(env: Env, network: Network, dataDir: string): TonEndpointConfig[] {
  const named = tonInEnvironment(env);
  if (named.length > 0) return named.map(({ kind, url }) => ({ kind, url, ...headersOf(env.ton.apiKey) }));
  const configured = network.ton?.endpoints ?? [];
  if (configured.length > 0) {
    return configured.map(({ kind, url, requestsPerSecond, apiKey }) => ({
      kind,
      url,
      ...headersOf(apiKey ?? env.ton.apiKey),
      ...(requestsPerSecond === undefined ? {} : { requestsPerSecond }),
    }));
  }
  const url = readRunFile(dataDir)?.devnet?.tonUrl;
  // One host serves all three APIs.
  if (url !== undefined)
    return (['v4', 'toncenter-v3', 'toncenter-v2'] as const).map((kind) => ({ kind, url }));
  throw new NdxError(
    'CONFIG_INVALID',
    'no TON endpoint: set TON_V4_URL or TONCENTER_V3_URL, name endpoints in ton.endpoints of the network file, or start the local chain with `ndx up`',
  );
}

function tonInEnvironment({ ton }: Env) {
  return [
    ...(ton.v4Urls ?? []).map((url) => ({ variable: 'TON_V4_URL', kind: 'v4' as const, url })),
    ...(ton.v3Urls ?? []).map((url) => ({
      variable: 'TONCENTER_V3_URL',
      kind: 'toncenter-v3' as const,
      url,
    })),
    ...(ton.v2Urls ?? []).map((url) => ({
      variable: 'TONCENTER_V2_URL',
      kind: 'toncenter-v2' as const,
      url,
    })),
  ];
}

function headersOf(apiKey: string | undefined): { readonly headers?: Readonly<Record<string, string>> } {
  return apiKey === undefined ? {} : { headers: { 'x-api-key': apiKey } };
}
