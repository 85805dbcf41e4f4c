/** A chain's reader (source and decoders) and policy, as environment and network file ask for them. */

import type { Context } from '../cli/context.js';
import type { Chain } from '../events/event.js';
import type { ListenerPolicy } from '../ingest/listener-context.js';
import type { ChainReader } from '../ingest/reader.js';
import { createSolanaReader } from '../ingest/solana-reader.js';
import { NdxError } from '../runtime/errors.js';
import type { Metrics } from '../runtime/metrics.js';
import { assertFollowed, solanaEndpointsOf } from './parts.js';

export interface OpenChain {
  readonly reader: ChainReader;
  readonly policy: ListenerPolicy;
  close(): Promise<void>;
}

/** @throws NdxError CONFIG_INVALID when the network file does not follow the chain or no endpoint is known */
export function openChain(context: Pick<Context, 'env' | 'network' | 'dataDir' | 'log'>, chain: Chain, metrics?: Metrics): OpenChain {
  const { env, network, dataDir, log } = context;
  assertFollowed(network, chain);
  if (chain !== 'solana' || !network.solana) throw new NdxError('CONFIG_INVALID', `${chain} cannot be followed by this version`);
  const { follow, commitment, startBlock } = network.solana;
  const reader = createSolanaReader({
    endpoints: solanaEndpointsOf(env, network, dataDir),
    follow,
    log,
    ...(metrics
      ? {
          metrics: {
            onRequest: (endpoint: string, method: string, outcome: string, seconds: number) => {
              metrics.rpcRequests.inc({ endpoint, method, outcome });
              metrics.rpcSeconds.observe({ endpoint, method }, seconds);
            },
          },
        }
      : {}),
  });
  return {
    reader,
    policy: { finality: env.solana.commitment ?? commitment, startBlock: startBlock ?? null },
    close: () => reader.close(),
  };
}
