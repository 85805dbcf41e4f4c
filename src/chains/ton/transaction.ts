/**
 * A TON transaction, normalised: TonClient4 BoCs, toncenter v2 and v3 all become this one type. Decoders see
 * nothing else. Addresses are raw (`0:` + 64 lower-case hex), hashes 64 lower-case hex, amounts nanotons.
 */
import type { Cell } from './cells/cell.js';
import type { StateInit } from './cells/message.js';

export interface TonMessage {
  /** Hash of the message cell. */
  readonly hash: string;
  readonly kind: 'internal' | 'external-in' | 'external-out';
  /** null: external-in. */
  readonly source: string | null;
  /** null: external-out. */
  readonly destination: string | null;
  readonly value: bigint;
  /** Logical time at which the sender made it; null: external-in. */
  readonly createdLt: bigint | null;
  readonly bounce: boolean;
  /**
   * The message came back: its first 32 body bits are ffffffff, then at most 256 bits of the original body.
   */
  readonly bounced: boolean;
  /**
   * First 32 bits of the body; null when it has fewer. Cheap: known before the body is parsed where the
   * source says it.
   */
  readonly opcode: number | null;
  /** Parsed on first use, then kept. null: the source did not give it or it is no readable cell. */
  body(): Cell | null;
  /**
   * External-in: the hash that does not depend on how the sender wrote the message (TEP-467). null: another
   * kind, or no body is at hand.
   */
  normalisedHash(): string | null;
  /** The state that the message carries for deployment. null: none, or not given. */
  init(): StateInit | null;
}

export type TonAccountStatus = 'uninit' | 'active' | 'frozen' | 'nonexist';

export interface TonTransaction {
  /** Masterchain seqno whose block commits the shard block that holds it. */
  readonly block: number;
  /** Place among all transactions of that masterchain block's shard blocks, ordered by (lt, account). */
  readonly transactionIndex: number;
  readonly account: string;
  readonly hash: string;
  readonly lt: bigint;
  readonly previousHash: string;
  readonly previousLt: bigint;
  /** Unix seconds. */
  readonly now: number;
  readonly statusBefore: TonAccountStatus;
  readonly statusAfter: TonAccountStatus;
  readonly totalFees: bigint;
  readonly type: 'ordinary' | 'tick-tock' | 'other';
  readonly aborted: boolean;
  readonly destroyed: boolean;
  /**
   * `skipped`: no code, bad state or no gas; then nothing ran. null: the source did not say (see `aborted`).
   */
  readonly compute: {
    readonly skipped: boolean;
    readonly success: boolean;
    readonly exitCode: number;
    readonly gasUsed: bigint;
  } | null;
  /** null: no action phase, or the source did not say. */
  readonly action: { readonly success: boolean; readonly resultCode: number } | null;
  readonly inMessage: TonMessage | null;
  /** In order of their created lt. */
  readonly outMessages: readonly TonMessage[];
}

/** What a decoder gets: a transaction and what caused it. */
export interface TonInput {
  readonly transaction: TonTransaction;
  /**
   * The parent (whose out-message is our in-message) first, then its parent, … to the trace's root. Empty for
   * the root itself.
   */
  readonly ancestors: readonly TonTransaction[];
}
