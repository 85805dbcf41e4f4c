/**
 * What this program has to know of a chain to follow it. One entry of {@link CHAIN_PARTS} a chain: a chain
 * that lacks any does not compile.
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

/** What opening a chain's parts needs of a process. */
export type Opening = Pick<Context, 'env' | 'network' | 'dataDir' | 'log'>;

export interface OpenChain {
  readonly reader: ChainReader;
  readonly policy: ListenerPolicy;
  close(): Promise<void>;
}

export interface ChainParts {
  /** Whether the network file has a section for it. */
  isFollowed(network: Network): boolean;
  /**
   * Endpoints that environment or network file name, and which of both. null: neither names any, so the
   * devnet is read.
   */
  configured(env: Env, network: Network): { readonly from: string; readonly urls: readonly string[] } | null;
  /** Environment variables that name endpoints, the usual one first. */
  readonly endpointVariables: readonly string[];
  /** Where the devnet of a running `ndx up` serves it. */
  devnetUrl(devnet: NonNullable<RunFile['devnet']>): string | undefined;
  /** Fungible tokens that the network file names. */
  tokens(network: Network): readonly KnownToken[];
  /** A transaction hash in any form that people write → as the tables hold it. null: it is none. */
  parseHash(text: string): string | null;
  /** An address in any form that people write → as the tables hold it. null: it is none. */
  parseAddress(text: string): string | null;
  /**
   * The parts below load the chain's SDK: only when they are opened. @throws NdxError CONFIG_INVALID when
   * there is no endpoint
   */
  openReader(opening: Opening, metrics: Metrics | undefined): Promise<OpenChain>;
  /** Decodes archived blocks, and asks nobody. */
  openDecoder(opening: Opening): Promise<BlockDecoder>;
  /** Options of recorded documents that this chain has. */
  readonly recordedOptions: readonly ('slot' | 'assumeVerified')[];
  /** Decodes recorded documents. @returns how many could not be read; each was noted */
  decodeRecorded(input: Readable, network: Network, decoding: RecordedDecoding): Promise<number>;
  /** @throws NdxError CONFIG_INVALID when there is no endpoint */
  openOracle(opening: Opening): Promise<ChainOracle>;
}

/** For entries of the table: their section of the network file. The caller has made sure that it is there. */
export function followed<T>(section: T | undefined): T {
  if (section === undefined) throw new Error('the chain is not followed');
  return section;
}

export function headersOf(apiKey: string | undefined): {
  readonly headers?: Readonly<Record<string, string>>;
} {
  return apiKey === undefined ? {} : { headers: { 'x-api-key': apiKey } };
}
