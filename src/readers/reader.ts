/**
 * A chain as listener/, replay/, discovery/ and verify/ see it: its reader asks endpoints, its block decoder
 * reads bytes that somebody kept. One of each a chain, in a folder of its own.
 */
import { createHash } from 'node:crypto';
import type { BlockSpan, Tip } from '../chains/source.js';
import type { Batch, BlockHash, BlockLink } from '../events/batch.js';
import type { Chain, DecodedTransaction, Finality } from '../events/event.js';
import type { BlockRange } from '../events/range.js';
import type { BatchLimits } from './limits.js';

/** A proven stretch of the chain with everything of ours in it: {@link BlockSpan} after decoding. */
export interface DecodedSpan extends Pick<BlockSpan<unknown>, 'fromBlock' | 'toBlock' | 'source' | 'after'> {
  /**
   * The block's name and its parent's. Absent, nothing read as `confirmed` settles without being read again,
   * and coverage cannot tell upon what the block follows.
   */
  readonly link?: BlockLink;
  readonly transactions: readonly DecodedTransaction[];
  /** The block as the archive keeps it; {@link BlockDecoder} reads it. */
  readonly raw?: () => Uint8Array;
  /**
   * Addresses that are followed because of what stands in this span. Blocks after it that were read before
   * may lack their transactions.
   */
  readonly discovered?: readonly string[];
  /** What was known when it was read: see {@link Batch}. */
  readonly knowledge?: number;
}

/** A block's name by an endpoint's word. */
export interface NamedBlock extends BlockHash {
  /** Redacted name of the endpoint. */
  readonly source: string;
}

/** A transaction read by itself. */
export interface FoundTransaction {
  readonly transaction: DecodedTransaction;
  /** Others that the same hash names: of one trace. */
  readonly others?: readonly DecodedTransaction[];
  readonly source: string;
  /** As in {@link DecodedSpan}. */
  readonly discovered?: readonly string[];
}

export interface ReadOptions {
  readonly finality: Finality;
  /** Blocks fetched at once. */
  readonly concurrency: number;
  readonly signal: AbortSignal;
}

/** What is so of a chain's blocks, whoever gives them. */
export interface ChainReading {
  readonly chain: Chain;
  /** Names decoders and configuration: what was read under another fingerprint does not count as covered. */
  readonly fingerprint: string;
  /** Number of the chain's first block. */
  readonly firstBlock: number;
  /** How large a batch is while gaps are filled and ranges replayed. */
  readonly backfill: BatchLimits;
  /** Whether reading finds more addresses to follow. */
  readonly discovers: boolean;
  /** Where the database remembers what was found: in the ledger's mints, or in a table of its own. */
  readonly discoveriesIn: 'ledger' | 'accounts';
  /**
   * Follow these too: address → the block that made it known. What stands in earlier blocks than that need
   * not be read as its.
   */
  follow(addresses: Iterable<readonly [string, number]>): void;
  /**
   * The chain left these blocks: what they made known is not followed any more. Absent where blocks are never
   * left.
   */
  forgetFrom?(block: number): void;
}

/** Reads archived blocks, and asks nobody. */
export interface BlockDecoder extends ChainReading {
  /**
   * The block as it is decoded now.
   * @param raw as {@link DecodedSpan.raw} gave it
   * @throws NdxError BLOCK_UNAVAILABLE when it is no such block, CONFIG_MISMATCH when it lacks what is
   * followed now
   */
  decodeRaw(block: number, raw: Uint8Array): DecodedSpan;
}

export interface ChainReader extends ChainReading {
  /**
   * Name of the chain's first block. Every endpoint is asked, and from here on one of another chain is
   * refused by itself; each is asked again now and then, and when something that it says contradicts what is
   * known.
   * @param expected the chain that is wanted: endpoints may differ as long as one of them serves it
   * @throws NdxError RPC_WRONG_CHAIN when the endpoints serve different ones and none is the wanted one
   */
  genesis(signal: AbortSignal, expected?: string | null): Promise<string>;
  tip(signal: AbortSignal): Promise<Tip>;
  /** Oldest block that the endpoints still have. */
  firstAvailable(signal: AbortSignal): Promise<number>;
  /**
   * In order, adjoining, from `fromBlock`. Ends before `toBlock` when the blocks at the end cannot be proven
   * skipped yet; the caller asks again later.
   */
  read(range: BlockRange, options: ReadOptions): AsyncIterable<DecodedSpan>;
  /**
   * A block of the final chain, without what is in it. Absent where nothing is ever less than final. @throws
   * when there is no such block
   */
  finalLink?(block: number, signal: AbortSignal): Promise<BlockLink>;
  /**
   * The name of a block of the final chain as each endpoint says it, those left out that do not answer.
   * Absent where nobody names blocks.
   * @throws NdxError BLOCK_UNAVAILABLE when none of them has such a block, or what else asking failed with
   */
  finalNames?(block: number, signal: AbortSignal): Promise<readonly NamedBlock[]>;
  /** What the endpoint said contradicts what is known: it is asked which chain it is on, and others first. */
  doubt?(source: string): void;
  /**
   * Spans that may be handed on late while the addresses they make known are caught up with, all at once;
   * default 1.
   */
  readonly lookAhead?: number;
  /**
   * Transactions that name the address, newest first where the chain lists them so. `concurrency`: fetched at
   * once.
   */
  readAddress(
    address: string,
    range: BlockRange,
    options: Pick<ReadOptions, 'finality' | 'signal'> & Partial<Pick<ReadOptions, 'concurrency'>>,
  ): AsyncIterable<FoundTransaction>;
  /**
   * What the addresses' transactions in the range hold, block by block, with those of addresses that become
   * known on the way and are `late`. Where it is there, it is asked in place of {@link readAddress} for
   * addresses discovered late.
   */
  readAddresses?(
    addresses: readonly string[],
    range: BlockRange,
    options: Pick<ReadOptions, 'finality' | 'signal'> & {
      readonly late: (address: string, block: number) => boolean;
    },
  ): AsyncIterable<DecodedSpan>;
  /**
   * A transaction that holds nothing of ours has no events. null: the endpoints do not know it. `block`:
   * where it stands, when that is known.
   */
  readTransaction(hash: string, signal: AbortSignal, block?: number): Promise<FoundTransaction | null>;
  /**
   * Calls `onHint` whenever something may be new. Only a hint: it may be late, wrong or silent. Ends with the
   * signal.
   */
  watch(onHint: () => void, signal: AbortSignal): void;
  /**
   * Redacted name of the endpoint that said it would give hints and gives none; null: all is well. Absent
   * where nobody promises any.
   */
  silent?(): string | null;
}

/**
 * First 16 hex digits of sha256 over the decoders' names and versions and the canonical JSON of what is
 * followed.
 */
export function fingerprintOf(
  decoders: readonly { readonly name: string; readonly version: number }[],
  follow: unknown,
): string {
  const names = decoders.map(({ name, version }) => `${name}@${version}`).sort();
  return createHash('sha256')
    .update(`${names.join('\n')}\n${canonicalJson(follow)}`)
    .digest('hex')
    .slice(0, 16);
}

/** Keys sorted at every depth, undefined left out. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) => {
    if (typeof item === 'bigint') return item.toString();
    if (typeof item !== 'object' || item === null || Array.isArray(item)) return item;
    return Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
