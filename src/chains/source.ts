/** What the source of every chain gives to readers/, whichever API its endpoints speak. */

import type { OwedCheck } from '../events/batch.js';

export interface Tip {
  /** Newest block at `confirmed` (TON: newest masterchain seqno). */
  readonly head: number;
  /** Unix seconds; null when unknown. */
  readonly headTime: number | null;
  /** Newest block that cannot be undone. */
  readonly finalized: number;
  readonly finalizedTime: number | null;
  /** Redacted name of the endpoint that said so. */
  readonly source: string;
}

/**
 * A proven stretch of the chain: every block number in [fromBlock, toBlock] is either `block` or proven
 * skipped by parent links. `block` is null when the whole stretch is skipped.
 */
export interface BlockSpan<B> {
  readonly fromBlock: number;
  readonly toBlock: number;
  readonly block: B | null;
  /**
   * Reads the block again from the bytes at hand, with the addresses that are followed by then. Solana only;
   * absent when there is no block.
   */
  readonly again?: () => B;
  /** Where the whole stretch is skipped: the last block before it. */
  readonly after?: { readonly block: number; readonly hash: string };
  /**
   * The block, when another endpoint's word of it is still owed; empty when nothing is. Absent: not compared
   * by this source.
   */
  readonly owed?: readonly OwedCheck[];
  /** The bytes that the endpoint gave, where the block can be read again from those. */
  readonly raw?: () => Uint8Array;
  readonly source: string;
}
