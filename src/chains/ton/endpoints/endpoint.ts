/**
 * What every kind of TON endpoint is asked for, whichever HTTP API it speaks. Hashes are lower-case hex,
 * addresses raw.
 */
import type { Cell } from '../cells/cell.js';
import type { StackItem } from '../cells/stack.js';
import type { ShardBlock } from '../prove.js';
import type { ShardBlockId } from '../shards.js';
import type { TonTransaction } from '../transaction.js';
import type { TonEndpointKind } from './config.js';

export interface CallOptions {
  readonly signal: AbortSignal;
}

/** Where a transaction stands: part of what it is normalised to. */
export interface TransactionPlace {
  readonly block: number;
  readonly transactionIndex: number;
}

export interface TransactionId {
  readonly account: string;
  readonly lt: bigint;
  readonly hash: string;
}

/** A transaction as the endpoint gave it, read when it is wanted. */
export interface RawTransaction extends TransactionId {
  /** Unix seconds; null: only the whole transaction says it. */
  readonly now: number | null;
  /** Masterchain seqno, where the endpoint says it. */
  readonly block: number | null;
  /** Hash of the code that the account has after it. null: it has none, or the endpoint does not say. */
  readonly codeHash: string | null;
  /** @throws when it cannot be read, naming what is wrong */
  read(place: TransactionPlace): TonTransaction;
}

/** Everything that one masterchain block commits, as the endpoint shows it. */
export interface ShownBlock {
  readonly rootHash: string;
  readonly shardBlocks: readonly ShardBlock[];
  /**
   * Transactions of the masterchain block and all its shard blocks, in any order. `raw` null: the transaction
   * has to be asked for by account, lt and hash.
   */
  readonly transactions: readonly (TransactionId & { readonly raw: RawTransaction | null })[];
}

export interface AccountState {
  readonly active: boolean;
  /** Not active for want of rent: it may come back as it was. */
  readonly frozen: boolean;
  readonly codeHash: string | null;
  readonly data: Cell | null;
  /** Newest transaction in that state; null: none. */
  readonly last: { readonly lt: bigint; readonly hash: string } | null;
}

export interface MethodResult {
  /** 0 or 1: the method ran to its end. */
  readonly exitCode: number;
  readonly stack: readonly StackItem[];
}

/** Calls through the SDK of the API that an endpoint speaks. Addresses are raw. */
export interface TonSdk {
  /** Newest masterchain seqno. */
  newest(options: CallOptions): Promise<number>;
  /** The state that a masterchain block leaves. */
  account(
    address: string,
    seqno: number,
    options: CallOptions,
  ): Promise<Pick<AccountState, 'active' | 'frozen'>>;
  run(
    address: string,
    method: string,
    args: readonly StackItem[],
    seqno: number,
    options: CallOptions,
  ): Promise<MethodResult>;
}

export interface TonEndpoint {
  /** Redacted. */
  readonly name: string;
  readonly kind: TonEndpointKind;
  /** Absent: the API has no SDK. */
  readonly sdk?: TonSdk;
  /** Newest masterchain block, with its time in Unix seconds. */
  tip(options: CallOptions): Promise<{ readonly seqno: number; readonly time: number | null }>;
  /** Oldest masterchain seqno that it keeps. */
  first(options: CallOptions): Promise<number>;
  /** Root hash of a masterchain block. */
  rootHash(seqno: number, options: CallOptions): Promise<string>;
  /** The newest block of every shard at a masterchain block. */
  tops(seqno: number, options: CallOptions): Promise<readonly ShardBlockId[]>;
  /** @param before tops of the masterchain block before, for those that have to walk from block to block */
  block(seqno: number, before: readonly ShardBlockId[], options: CallOptions): Promise<ShownBlock>;
  /** Seqno of the masterchain block at about this time (Unix seconds). */
  blockAt(time: number, options: CallOptions): Promise<number>;
  /** The state that a masterchain block leaves; toncenter v3 gives the newest state instead. */
  account(address: string, seqno: number, options: CallOptions): Promise<AccountState>;
  /**
   * A page of an account's transactions, newest first, beginning with `from` (null: the newest that the
   * endpoint knows). Empty: there are none.
   */
  transactions(
    address: string,
    from: { readonly lt: bigint; readonly hash: string } | null,
    options: CallOptions,
  ): Promise<readonly RawTransaction[]>;
  /**
   * Runs a get-method on the state that a masterchain block leaves; toncenter v3 takes the newest instead.
   */
  run(
    address: string,
    method: string,
    args: readonly StackItem[],
    seqno: number,
    options: CallOptions,
  ): Promise<MethodResult>;
  /**
   * Transactions that a hash names: their own, their trace's, or their message's. Absent: the endpoint cannot
   * be asked.
   */
  find?(hash: string, options: CallOptions): Promise<readonly RawTransaction[]>;
}
