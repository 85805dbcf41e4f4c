/** TON's entry in the table of chains. */
import type { Env } from '../../../config/env.js';
import type { TonEndpointConfig } from '../../chains/ton/endpoints/config.js';
import { parseTonAddress } from '../../events/ton-address.js';
import { NdxError } from '../../runtime/errors.js';
import { readRunFile } from '../run-file.js';
import { observed } from './observed.js';
import { type ChainParts, followed, headersOf, type Opening } from './parts.js';

/** A transaction hash: 32 bytes in hex, base64 or base64url. */
const HASH = /^([0-9a-f]{64}|[A-Za-z0-9+/_-]{43}=?)$/i;

export const TON: ChainParts = {
  isFollowed: (network) => network.ton !== undefined,
  endpointVariables: ['TON_V4_URL', 'TONCENTER_V3_URL'],
  configured: (env, network) => {
    const named = namedIn(env);
    if (named.length > 0)
      return {
        from: [...new Set(named.map(({ variable }) => variable))].join(', '),
        urls: named.map(({ url }) => url),
      };
    const inFile = network.ton?.endpoints ?? [];
    return inFile.length > 0 ? { from: network.file, urls: inFile.map(({ url }) => url) } : null;
  },
  devnetUrl: ({ tonUrl }) => tonUrl,
  tokens: (network) =>
    (network.ton?.follow.jettons ?? []).map(({ master, symbol, decimals }) => ({
      chain: 'ton',
      address: master,
      symbol,
      decimals,
    })),
  parseHash: (text) => {
    if (!HASH.test(text)) return null;
    return text.length === 64 ? text.toLowerCase() : Buffer.from(text, 'base64').toString('hex');
  },
  parseAddress: parseTonAddress,
  async openReader(opening, metrics) {
    const { follow, startBlock, crossCheck } = followed(opening.network.ton);
    const { createTonReader } = await import('../../readers/ton/reader.js');
    const reader = createTonReader({
      endpoints: endpointsOf(opening),
      follow,
      crossCheck,
      budget: opening.budget,
      log: opening.log,
      ...observed('ton', metrics),
      ...(metrics && {
        onRefusal: (reason: string) => metrics.refusedContracts.inc({ chain: 'ton', reason }),
      }),
    });
    return {
      reader,
      policy: { finality: 'finalized', startBlock: startBlock ?? null },
      close: () => reader.close(),
    };
  },
  async openDecoder({ network }) {
    const { createTonBlockDecoder } = await import('../../readers/ton/decoder.js');
    return createTonBlockDecoder({ follow: followed(network.ton).follow });
  },
  recordedOptions: ['assumeVerified'],
  async decodeRecorded(input, network, { all, why, assumeVerified = false, event, note }) {
    const { decodeTon, NOTHING_OF_TON } = await import('../../readers/ton/recorded/decode.js');
    const configured = network.ton?.follow ?? NOTHING_OF_TON;
    return decodeTon(input, {
      follow: all ? { ...configured, all } : configured,
      assumeVerified,
      note,
      ...(why && {
        why: (hash, { verdict, decoder, reason }) => note(`${hash}: ${verdict} ${decoder}: ${reason}`),
      }),
      event: (decoded) => event({ ...decoded, aliases: decoded.aliases ?? [] }),
    });
  },
  async openOracle(opening) {
    const { createTonState } = await import('../../chains/ton/state.js');
    const { stakes } = followed(opening.network.ton);
    return createTonState({ endpoints: endpointsOf(opening), stakes, log: opening.log });
  },
};

/**
 * Endpoints from the environment, else from the network file, else from the devnet of a running `ndx up`.
 * @throws NdxError CONFIG_INVALID when there is none
 */
function endpointsOf({ env, network, dataDir }: Opening): TonEndpointConfig[] {
  const named = namedIn(env);
  if (named.length > 0) return named.map(({ kind, url }) => ({ kind, url, ...headersOf(env.ton.apiKey) }));
  const configured = network.ton?.endpoints ?? [];
  if (configured.length > 0)
    return configured.map((endpoint) => ({ ...headersOf(env.ton.apiKey), ...endpoint }));
  const url = readRunFile(dataDir)?.devnet?.tonUrl;
  // The devnet serves all three APIs at one URL.
  if (url !== undefined)
    return (['v4', 'toncenter-v3', 'toncenter-v2'] as const).map((kind) => ({ kind, url }));
  throw new NdxError(
    'CONFIG_INVALID',
    'no TON endpoint: set TON_V4_URL or TONCENTER_V3_URL, name endpoints in ton.endpoints of the network file, or start the local chain with `ndx up`',
  );
}

function namedIn({ ton }: Env) {
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
