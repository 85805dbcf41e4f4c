/** Whom `verify` and `explain` ask for a chain's state, as environment and network file say. */

import type { ChainOracle } from '../chains/oracle.js';
import { createSolanaState } from '../chains/solana/state.js';
import { createTonState } from '../chains/ton/state.js';
import type { Chain } from '../events/event.js';
import type { Context } from './context.js';
import { solanaEndpointsOf, tonEndpointsOf } from './endpoints.js';
import { assertFollowed } from './parts.js';

/** @throws NdxError CONFIG_INVALID */
export function openOracle(
  context: Pick<Context, 'env' | 'network' | 'dataDir' | 'log'>,
  chain: Chain,
): ChainOracle {
  const { env, network, dataDir, log } = context;
  assertFollowed(network, chain);
  if (chain === 'solana')
    return createSolanaState({ endpoints: solanaEndpointsOf(env, network, dataDir), log });
  return createTonState({
    endpoints: tonEndpointsOf(env, network, dataDir),
    stakes: network.ton?.stakes ?? [],
    log,
  });
}
