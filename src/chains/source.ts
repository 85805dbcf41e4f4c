/** What every chain's source offers to readers/, whatever the endpoint behind it. */

export interface Tip {
  /** Newest block at `confirmed` (TON: newest masterchain seqno). */
  readonly head: number;
  /** Unix seconds; null when unknown. */
  readonly headTime: number | null;
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
   * Reads the block again from the bytes at hand, with the addresses that are followed by now; absent when
   * there is no block.
   */
  readonly again?: () => B;
  /** Of a stretch that is skipped as a whole: the block before it. */
  readonly after?: { readonly block: number; readonly hash: string };
  /** The block as the endpoint gave it, where the chain's blocks can be read again from that. */
  readonly raw?: () => Uint8Array;
  readonly source: string;
}
