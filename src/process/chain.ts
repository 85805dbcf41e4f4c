/** A chain's reader (source and decoders) and policy, as environment and network file ask for them. */

import type { Chain } from '../events/event.js';
import type { ListenerPolicy } from '../listener/context.js';
import type { ChainReader } from '../readers/reader.js';
import { createSolanaReader } from '../readers/solana/reader.js';
import { createTonReader } from '../readers/ton/reader.js';
import type { Metrics } from '../runtime/metrics.js';
import type { Context } from './context.js';
import { solanaEndpointsOf, tonEndpointsOf } from './endpoints.js';
import { assertFollowed } from './parts.js';

export interface OpenChain {
  readonly reader: ChainReader;
  readonly policy: ListenerPolicy;
  close(): Promise<void>;
}

type Parts = Pick<Context, 'env' | 'network' | 'dataDir' | 'log'>;

/** @throws NdxError CONFIG_INVALID when the network file does not follow the chain or no endpoint is known */
export function openChain(context: Parts, chain: Chain, metrics?: Metrics): OpenChain {
  assertFollowed(context.network, chain);
  return chain === 'solana' ? openSolana(context, metrics) : openTon(context, metrics);
}

/** A reader that decodes what is archived and can ask nobody. @throws NdxError CONFIG_INVALID */
export function openArchivedChain(
  { network, log }: Parts,
  chain: Chain,
): Pick<OpenChain, 'reader' | 'close'> {
  assertFollowed(network, chain);
  // A reader has to have an endpoint; the port of the discard service answers nobody, should it be asked after all.
  const url = 'http://127.0.0.1:9';
  const reader =
    chain === 'solana'
      ? createSolanaReader({
          endpoints: [{ url, wsUrl: null }],
          follow: followed(network.solana).follow,
          log,
        })
      : createTonReader({ endpoints: [{ url, kind: 'v4' }], follow: followed(network.ton).follow, log });
  return { reader, close: () => reader.close() };
}

function openSolana({ env, network, dataDir, log }: Parts, metrics: Metrics | undefined): OpenChain {
  const { follow, commitment, startBlock } = followed(network.solana);
  const reader = createSolanaReader({
    endpoints: solanaEndpointsOf(env, network, dataDir),
    follow,
    log,
    silenceMs: Math.min(SILENCE_MS, env.stuckAfter),
    onSilence: (endpoint) => {
      log.error(
        { chain: 'solana', watchdog: 'websocket', endpoint, reason: SILENT },
        'stuck: starting it again',
      );
      metrics?.watchdog.inc({ chain: 'solana', watchdog: 'websocket' });
    },
    ...observed(metrics),
  });
  return {
    reader,
    policy: { finality: env.solana.commitment ?? commitment, startBlock: startBlock ?? null },
    close: () => reader.close(),
  };
}

/** A slot comes every 400 ms. */
const SILENCE_MS = 15_000;
/** For people. */
export const SILENT = 'the websocket says nothing';

function openTon({ env, network, dataDir, log }: Parts, metrics: Metrics | undefined): OpenChain {
  const { follow, startBlock } = followed(network.ton);
  const told = metrics && {
    onRefusal: (reason: string) => metrics.refusedContracts.inc({ chain: 'ton', reason }),
  };
  const reader = createTonReader({
    endpoints: tonEndpointsOf(env, network, dataDir),
    follow,
    log,
    ...observed(metrics),
    ...told,
  });
  return {
    reader,
    policy: { finality: 'finalized', startBlock: startBlock ?? null },
    close: () => reader.close(),
  };
}

/** assertFollowed has thrown otherwise. */
function followed<T>(section: T | undefined): T {
  if (section === undefined) throw new Error('the chain is not followed');
  return section;
}

function observed(metrics: Metrics | undefined) {
  if (!metrics) return {};
  return {
    observe: (decoder: string, outcome: string) => metrics.decoders.inc({ decoder, outcome }),
    metrics: {
      onRequest: (endpoint: string, method: string, outcome: string, seconds: number) => {
        metrics.rpcRequests.inc({ endpoint, method, outcome });
        metrics.rpcSeconds.observe({ endpoint, method }, seconds);
      },
    },
  };
}
