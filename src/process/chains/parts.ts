/**
 * Everything this program has to know about a chain to follow it. {@link CHAIN_PARTS} has one entry per
 * chain; an entry that lacks a part does not compile.
 */
import type { Readable } from 'node:stream';
import type { Env } from '../../../config/env.js';
import type { Network } from '../../../config/networks.js';
import type { ChainOracle } from '../../chains/oracle.js';
import type { ListenerPolicy } from '../../listener/context.js';
import type { KnownToken } from '../../projections/projection.js';
import type { BlockDecoder, ChainReader } from '../../readers/reader.js';
import type { RecordedDecoding } from '../../readers/recorded/decoding.js';
import type { Metrics } from '../../runtime/metrics.js';
import type { Context } from '../context.js';
import type { RunFile } from '../run-file.js';

/** What a process passes in to open a chain's reader, decoder or oracle. */
export type Opening = Pick<Context, 'env' | 'network' | 'dataDir' | 'log' | 'budget'>;

/** A chain that is ready to be read, with the policy of its listener. `close` ends its connections. */
export interface OpenChain {
  readonly reader: ChainReader;
  readonly policy: ListenerPolicy;
  close(): Promise<void>;
}

export interface ChainParts {
  /** Whether the network file has a section for the chain. */
  isFollowed(network: Network): boolean;
  /**
   * Endpoint URLs and where they come from (environment variables or the network file). null when neither
   * names any; then the local devnet is read.
   */
  configured(env: Env, network: Network): { readonly from: string; readonly urls: readonly string[] } | null;
  /** Environment variables that name endpoints, the most common one first. */
  readonly endpointVariables: readonly string[];
  /** URL at which the devnet of a running `ndx up` serves the chain. */
  devnetUrl(devnet: NonNullable<RunFile['devnet']>): string | undefined;
  /** Fungible tokens that the network file follows. */
  tokens(network: Network): readonly KnownToken[];
  /**
   * Converts a transaction hash from any usual spelling to the one in the tables; null when it is not a hash.
   */
  parseHash(text: string): string | null;
  /** Converts an address from any usual spelling to the one in the tables; null when it is not an address. */
  parseAddress(text: string): string | null;
  /**
   * Opens the chain's endpoints. This and the parts below load the chain's SDK only when they are called.
   * @throws NdxError CONFIG_INVALID when no endpoint is known
   */
  openReader(opening: Opening, metrics: Metrics | undefined): Promise<OpenChain>;
  /** Decodes archived blocks without any request to an endpoint. */
  openDecoder(opening: Opening): Promise<BlockDecoder>;
  /** Which options `decodeRecorded` understands for this chain. */
  readonly recordedOptions: readonly ('slot' | 'assumeVerified')[];
  /**
   * Decodes recorded documents.
   * @returns how many documents could not be read; each of them was reported
   */
  decodeRecorded(input: Readable, network: Network, decoding: RecordedDecoding): Promise<number>;
  /**
   * Answers questions about the chain's present state.
   * @throws NdxError CONFIG_INVALID when no endpoint is known
   */
  openOracle(opening: Opening): Promise<ChainOracle>;
}

/**
 * The chain's section of the network file, for entries of the table. The caller has checked that the chain is
 * followed.
 */
export function followed<T>(section: T | undefined): T {
  if (section === undefined) throw new Error('the chain is not followed');
  return section;
}

/** Request headers that carry the API key; none without a key. */
export function headersOf(apiKey: string | undefined): {
  readonly headers?: Readonly<Record<string, string>>;
} {
  return apiKey === undefined ? {} : { headers: { 'x-api-key': apiKey } };
}
