/**
 * Every chain with everything that differs between chains. All code that treats chains differently goes
 * through this table. CONTRIBUTING.md says how to add a chain.
 */
import type { Network } from '../../../config/networks.js';
import type { ChainOracle } from '../../chains/oracle.js';
import { CHAINS, type Chain } from '../../events/event.js';
import type { BlockDecoder } from '../../readers/reader.js';
import { NdxError } from '../../runtime/errors.js';
import type { Metrics } from '../../runtime/metrics.js';
import type { ChainParts, OpenChain, Opening } from './parts.js';
import { SOLANA } from './solana.js';
import { TON } from './ton.js';

export const CHAIN_PARTS: Readonly<Record<Chain, ChainParts>> = { solana: SOLANA, ton: TON };

/** Chains that the network file follows. */
export function chainsOf(network: Network): Chain[] {
  return CHAINS.filter((chain) => CHAIN_PARTS[chain].isFollowed(network));
}

/** @throws NdxError CONFIG_INVALID when the network file has no section for the chain */
export function assertFollowed(network: Network, chain: Chain): void {
  if (CHAIN_PARTS[chain].isFollowed(network)) return;
  throw new NdxError(
    'CONFIG_INVALID',
    `the network file ${network.file} does not follow ${chain}: add a "${chain}" section to it`,
  );
}

/**
 * Opens the chain's reader and the policy of its listener.
 * @throws NdxError CONFIG_INVALID when the network file does not follow the chain, or no endpoint is known
 */
export async function openChain(opening: Opening, chain: Chain, metrics?: Metrics): Promise<OpenChain> {
  assertFollowed(opening.network, chain);
  return CHAIN_PARTS[chain].openReader(opening, metrics);
}

/**
 * Opens a decoder for the chain's archived blocks.
 * @throws NdxError CONFIG_INVALID when the network file does not follow the chain
 */
export async function openBlockDecoder(opening: Opening, chain: Chain): Promise<BlockDecoder> {
  assertFollowed(opening.network, chain);
  return CHAIN_PARTS[chain].openDecoder(opening);
}

/**
 * Opens what `verify` and `explain` ask for the chain's present state.
 * @throws NdxError CONFIG_INVALID when the network file does not follow the chain, or no endpoint is known
 */
export async function openOracle(opening: Opening, chain: Chain): Promise<ChainOracle> {
  assertFollowed(opening.network, chain);
  return CHAIN_PARTS[chain].openOracle(opening);
}
