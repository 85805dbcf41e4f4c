/**
 * The local TON's vocabulary. Addresses are raw (`0:` + 64 lower-case hex), hashes lower-case hex, logical
 * times below 2^53.
 */
import type { TupleItem } from '@ton/core';

export interface BlockId {
  readonly workchain: number;
  /** 16 hex digits. */
  readonly shard: string;
  readonly seqno: number;
  readonly rootHash: string;
  readonly fileHash: string;
}

/** What a block says of a transaction; the transaction itself stands in the journal. */
export interface TransactionEntry {
  readonly account: string;
  readonly lt: number;
  readonly hash: string;
  /** Hash of the message that it answers. */
  readonly inMessage: string;
  /** Hash of the first transaction of its trace, and of the external message that began it. */
  readonly trace: string;
  readonly external: string;
  /** Of the serialised cell in the block's body. */
  readonly offset: number;
  readonly length: number;
}

export interface ShardBlock extends BlockId {
  /** The block of the same shard before this one. */
  readonly previous: BlockId;
  readonly startLt: number;
  readonly endLt: number;
  readonly transactions: readonly TransactionEntry[];
}

/** A masterchain block with all shard blocks that it commits. */
export interface MasterBlock extends BlockId {
  readonly previous: BlockId;
  /** Unix seconds. */
  readonly time: number;
  readonly startLt: number;
  readonly endLt: number;
  /** New ones in the order in which they were made; a shard may have several, or none. */
  readonly shardBlocks: readonly ShardBlock[];
  /** The last block of every shard, which is what the masterchain block names. */
  readonly tops: readonly BlockId[];
  /** Account states after this block, serialised ShardAccounts in the block's body. */
  readonly states: readonly { readonly account: string; readonly offset: number; readonly length: number }[];
  /** Messages not delivered yet, as JSON in the block's body. */
  readonly queue: { readonly offset: number; readonly length: number };
}

/** A message on its way. */
export interface Pending {
  /** Base64 BoC of the message cell. */
  readonly boc: string;
  readonly hash: string;
  readonly destination: string;
  readonly createdLt: number;
  readonly trace: string;
  readonly external: string;
}

export interface GenesisAccount {
  readonly address: string;
  /** Base64 BoCs. */
  readonly code: string;
  readonly data: string;
  readonly nanotons: bigint;
}

export interface ChainOptions {
  /** Folder of the journal. */
  readonly dir: string;
  readonly seed: string;
  /** Between masterchain blocks. */
  readonly blockMilliseconds: number;
  readonly genesis: readonly GenesisAccount[];
  /** Milliseconds since 1970; the wall clock when absent. */
  readonly now?: () => number;
}

export interface AccountState {
  readonly status: 'active' | 'uninit' | 'frozen' | 'nonexist';
  readonly balance: bigint;
  readonly code: Buffer | null;
  readonly data: Buffer | null;
  readonly codeHash: string | null;
  readonly dataHash: string | null;
  readonly lastLt: bigint;
  /** 64 zeros when there was none. */
  readonly lastHash: string;
  readonly lastPaid: number;
}

export interface MethodResult {
  readonly exitCode: number;
  readonly gasUsed: number;
  readonly stack: readonly TupleItem[];
  /** The stack as serialised tuple, base64. */
  readonly raw: string;
}
