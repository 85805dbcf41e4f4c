/** Solana's entry in the table of chains. */
import type { SolanaEndpoint } from '../../chains/solana/endpoint.js';
import { NdxError } from '../../runtime/errors.js';
import { readRunFile } from '../run-file.js';
import { observed } from './observed.js';
import { type ChainParts, followed, headersOf, type Opening } from './parts.js';

/** A slot comes every 400 ms, so a websocket that is silent for this long is broken. */
const SILENCE_MS = 15_000;
/** Reason in the log when the websocket was silent for too long and is started again. */
export const SILENT = 'the websocket says nothing';

/** A signature: 64 bytes in base58. */
const HASH = /^[1-9A-HJ-NP-Za-km-z]{64,88}$/;
/** A public key: 32 bytes in base58. */
const ADDRESS = /^[1-9A-HJ-NP-Za-km-z]{32,44}$/;

export const SOLANA: ChainParts = {
  isFollowed: (network) => network.solana !== undefined,
  endpointVariables: ['SOLANA_RPC_URL'],
  configured: (env, network) => {
    if (env.solana.rpcUrls) return { from: 'SOLANA_RPC_URL', urls: env.solana.rpcUrls };
    const inFile = network.solana?.rpc ?? [];
    return inFile.length > 0 ? { from: network.file, urls: inFile.map(({ url }) => url) } : null;
  },
  devnetUrl: ({ url }) => url,
  tokens: (network) =>
    (network.solana?.follow.tokens ?? []).map(({ mint, symbol, decimals }) => ({
      chain: 'solana',
      address: mint,
      symbol,
      decimals,
    })),
  parseHash: (text) => (HASH.test(text) ? text : null),
  parseAddress: (text) => (ADDRESS.test(text) ? text : null),
  async openReader(opening, metrics) {
    const { env, log } = opening;
    const { follow, commitment, startBlock, crossCheck } = followed(opening.network.solana);
    const { createSolanaReader } = await import('../../readers/solana/reader.js');
    const reader = createSolanaReader({
      endpoints: endpointsOf(opening),
      follow,
      crossCheck,
      budget: opening.budget,
      log,
      silenceMs: Math.min(SILENCE_MS, env.stuckAfter),
      onSilence: (endpoint) => {
        log.error(
          { chain: 'solana', watchdog: 'websocket', endpoint, reason: SILENT },
          'stuck: starting it again',
        );
        metrics?.watchdog.inc({ chain: 'solana', watchdog: 'websocket' });
      },
      ...observed('solana', metrics),
    });
    return {
      reader,
      policy: { finality: env.solana.commitment ?? commitment, startBlock: startBlock ?? null },
      close: () => reader.close(),
    };
  },
  async openDecoder({ network }) {
    const { createSolanaBlockDecoder } = await import('../../readers/solana/decoder.js');
    return createSolanaBlockDecoder({ follow: followed(network.solana).follow });
  },
  recordedOptions: ['slot'],
  async decodeRecorded(input, network, decoding) {
    const { decodeSolana } = await import('../../readers/solana/recorded/decode.js');
    return decodeSolana(input, network.solana?.follow, decoding);
  },
  async openOracle(opening) {
    const { createSolanaState } = await import('../../chains/solana/state.js');
    return createSolanaState({ endpoints: endpointsOf(opening), log: opening.log });
  },
};

/**
 * Endpoints from the environment, else from the network file, else from the devnet of a running `ndx up`.
 * @throws NdxError CONFIG_INVALID when there is none
 */
function endpointsOf({ env, network, dataDir }: Opening): SolanaEndpoint[] {
  const headers = headersOf(env.solana.apiKey);
  if (env.solana.rpcUrls) {
    return env.solana.rpcUrls.map((url, at) => ({
      url,
      ...headers,
      ...(at === 0 && env.solana.wsUrl !== undefined ? { wsUrl: env.solana.wsUrl } : {}),
    }));
  }
  const configured = network.solana?.rpc ?? [];
  if (configured.length > 0) return configured.map((endpoint) => ({ ...endpoint, ...headers }));
  const devnet = readRunFile(dataDir)?.devnet;
  if (devnet) return [{ url: devnet.url, wsUrl: devnet.wsUrl }];
  throw new NdxError(
    'CONFIG_INVALID',
    'no Solana endpoint: set SOLANA_RPC_URL, name endpoints in solana.rpc of the network file, or start the local chain with `ndx up`',
  );
}
