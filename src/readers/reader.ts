/**
 * A chain as listener/, replay/, discovery/ and verify/ see it: its reader asks endpoints, its block decoder
 * reads archived bytes. Each chain has one of each, in a folder of its own.
 */
import { createHash } from 'node:crypto';
import type { BlockSpan, Tip } from '../chains/source.js';
import type { Judge } from '../chains/witness/owed.js';
import type { Batch, BlockHash, BlockLink, OwedCheck } from '../events/batch.js';
import type { Chain, DecodedTransaction, Finality } from '../events/event.js';
import type { BlockRange } from '../events/range.js';
import type { BatchLimits } from './limits.js';

/** A proven stretch of the chain with everything of ours in it: {@link BlockSpan} after decoding. */
export interface DecodedSpan
  extends Pick<BlockSpan<unknown>, 'fromBlock' | 'toBlock' | 'source' | 'after' | 'owed'> {
  /**
   * The block's hash and its parent's. Without it, a confirmed block cannot settle without being read again,
   * and coverage cannot tell which block it follows upon.
   */
  readonly link?: BlockLink;
  readonly transactions: readonly DecodedTransaction[];
  /** The block as the archive keeps it; {@link BlockDecoder} reads it. */
  readonly raw?: () => Uint8Array;
  /**
   * Addresses that became ours by what this span holds. Later blocks that were read before it may lack their
   * transactions.
   */
  readonly discovered?: readonly string[];
  /**
   * Those of `discovered` that are ours from the chain's first block on (an NFT that a followed collection
   * vouches for long after its mint): earlier blocks may lack their transactions, too.
   */
  readonly earlier?: readonly string[];
  /** Number of the newest announcement that it was read with: see {@link Batch}. */
  readonly knowledge?: number;
}

/** A block's hash, as one endpoint gives it. */
export interface NamedBlock extends BlockHash {
  /** Redacted name of the endpoint. */
  readonly source: string;
}

/** A transaction read by itself. */
export interface FoundTransaction {
  readonly transaction: DecodedTransaction;
  /** Other transactions that the same hash names, of the same trace (TON). */
  readonly others?: readonly DecodedTransaction[];
  readonly source: string;
  /** As in {@link DecodedSpan}: of the blocks that hold them. */
  readonly owed?: readonly OwedCheck[];
  /** As in {@link DecodedSpan}. */
  readonly discovered?: readonly string[];
  /**
   * Accounts that held an address of ours in it, which transactions may name in its place: the token accounts
   * of an NFT.
   */
  readonly holders?: readonly { readonly account: string; readonly of: string }[];
}

export interface ReadOptions {
  readonly finality: Finality;
  /** Most blocks fetched at once. */
  readonly concurrency: number;
  readonly signal: AbortSignal;
  /**
   * How long a block waits for another endpoint's word of what it holds, before it is handed on and compared
   * later; default 5,000.
   */
  readonly patienceMs?: number | undefined;
}

/** What a chain's reader and its block decoder have in common. */
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
  /** Whether an address may be ours in blocks before the one that makes it so: `DecodedSpan.earlier`. */
  readonly findsEarlier?: boolean;
  /** Where the database remembers discovered addresses: in the ledger's mints, or in a table of its own. */
  readonly discoveriesIn: 'ledger' | 'accounts';
  /**
   * Follows these addresses too, each with the block that made it known: its transactions in earlier blocks
   * need not be read.
   */
  follow(addresses: Iterable<readonly [string, number]>): void;
  /**
   * A fork took this block and those after it away: addresses that they made known are not followed any more.
   * Absent where blocks are never taken away.
   */
  forgetFrom?(block: number): void;
}

/** Decodes archived blocks, without any endpoint. */
export interface BlockDecoder extends ChainReading {
  /**
   * Decodes an archived block by the decoders and the addresses of now.
   * @param raw as {@link DecodedSpan.raw} gave it
   * @throws NdxError BLOCK_UNAVAILABLE when it is no such block, CONFIG_MISMATCH when it lacks what is
   * followed now
   */
  decodeRaw(block: number, raw: Uint8Array): DecodedSpan;
}

export interface ChainReader extends ChainReading {
  /**
   * Hash of the chain's first block. Every endpoint is asked, and from here on one of another chain is
   * refused by itself; each is asked again now and then, and when one of its answers contradicts what is
   * known.
   * @param expected the chain that is wanted: endpoints may differ as long as one of them serves it
   * @throws NdxError RPC_WRONG_CHAIN when the endpoints serve different ones and none is the wanted one
   */
  genesis(signal: AbortSignal, expected?: string | null): Promise<string>;
  tip(signal: AbortSignal): Promise<Tip>;
  /** Oldest block that the endpoints still have. */
  firstAvailable(signal: AbortSignal): Promise<number>;
  /**
   * Spans in order and without a hole, from `fromBlock`. Ends before `toBlock` when the last slots cannot be
   * proven skipped yet; the caller asks again later.
   * @throws NdxError BLOCK_UNAVAILABLE on a fork, or when no endpoint gives a block; SOURCES_DISAGREE when
   * two contradict each other about a block and no third settles it; RPC_… when none can be asked
   */
  read(range: BlockRange, options: ReadOptions): AsyncIterable<DecodedSpan>;
  /**
   * Hash and parent of a final block, without its transactions. Absent where every block is final.
   * @throws NdxError BLOCK_UNAVAILABLE when there is no such block
   */
  finalLink?(block: number, signal: AbortSignal): Promise<BlockLink>;
  /**
   * The hash of a final block as each endpoint gives it; endpoints that do not answer are left out. Absent
   * where endpoints are not compared by hash.
   * @throws NdxError BLOCK_UNAVAILABLE when none of them has such a block, or what else asking failed with
   */
  finalNames?(block: number, signal: AbortSignal): Promise<readonly NamedBlock[]>;
  /**
   * An answer of the endpoint contradicts what is known: it is asked which chain it is on, others before it.
   */
  doubt?(source: string): void;
  /**
   * Compares blocks that were handed on before another endpoint gave its word of what they hold. Absent where
   * blocks are not compared.
   */
  readonly judge?: Judge;
  /**
   * How many spans may be held back while the addresses that they made known are caught up with, all at once;
   * default 1.
   */
  readonly lookAhead?: number;
  /**
   * Transactions that name the address, newest first where the chain lists them so. `concurrency`: most
   * transactions fetched at once.
   */
  readAddress(
    address: string,
    range: BlockRange,
    options: Pick<ReadOptions, 'finality' | 'signal'> &
      Partial<Pick<ReadOptions, 'concurrency'>> & {
        /** Transactions that are not asked for, by their hash; a reader may give them all the same. */
        readonly skip?: (hash: string) => boolean;
      },
  ): AsyncIterable<FoundTransaction>;
  /**
   * The address by which the transactions of a discovered address are listed, where they do not name it: of a
   * compressed NFT its tree. Absent: each is listed by itself.
   */
  placeOf?(address: string): string;
  /**
   * The transactions of several addresses in the range, block by block. An address that becomes known on the
   * way is read too when `late` says so. Where present, it is used in place of {@link readAddress} for
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
   * A transaction by its hash; without events when it holds nothing of ours. null: the endpoints do not know
   * it. `block`: the block that holds it, when that is known.
   * @throws NdxError TRANSACTION_NOT_FOUND when no TON endpoint can be asked for a hash
   */
  readTransaction(hash: string, signal: AbortSignal, block?: number): Promise<FoundTransaction | null>;
  /**
   * Calls `onHint` whenever something may be new. Only a hint: it may be late, wrong or silent. Ends with the
   * signal.
   */
  watch(onHint: () => void, signal: AbortSignal): void;
  /**
   * Redacted name of the endpoint whose promised hints have stopped; null: all is well. Absent where nobody
   * promises any.
   */
  silent?(): string | null;
}

/**
 * Names decoders and configuration: the first 16 hex digits of sha256 over the decoders' names and versions
 * and the canonical JSON of what is followed.
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
