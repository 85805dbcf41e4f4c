/** The job payload: what a listener or a replay read and decoded, to be reconciled in one database transaction. */
import type { Chain, DecodedTransaction, Finality } from './event.js';

/** A block by its own name: block numbers alone do not tell two branches of a fork apart. */
export interface BlockHash {
  readonly block: number;
  readonly hash: string;
}

/** A block and the one that it follows upon. */
export interface BlockLink extends BlockHash {
  readonly parent: number;
  readonly parentHash: string;
}

export interface Batch {
  readonly chain: Chain;
  /** Of decoders and configuration: under what reading these blocks count as covered. */
  readonly fingerprint: string;
  readonly finality: Finality;
  /** Inclusive. */
  readonly fromBlock: number;
  readonly toBlock: number;
  /**
   * `blocks`: the batch holds everything of ours in the range, so the range becomes covered and what the ledger has
   * besides is withdrawn. `transactions`: only these transactions were read (address-scoped backfill, `--tx`).
   * `settle`: nothing was read; `blocks` are all blocks of the range in the final chain, so what was reconciled as
   * `confirmed` from just these settles and what was reconciled from others is withdrawn.
   */
  readonly scope: 'blocks' | 'transactions' | 'settle';
  readonly transactions: readonly DecodedTransaction[];
  /** Endpoint that gave the blocks, as a redacted name. */
  readonly source: string;
  /** Of a `confirmed` or `settle` batch, ascending: the blocks of the range (skipped numbers are absent). */
  readonly blocks?: readonly BlockHash[];
  /** Token of the lease that the listener held when it enqueued this; a job of an older leader is refused. Absent: nobody's (a replay). */
  readonly lease?: number;
  /**
   * Number of the newest announcement that the blocks were read with: a final batch that lacks addresses of a later one that is fenced is
   * refused (src/store/announcements.ts). Absent: nothing is discovered on this chain.
   */
  readonly knowledge?: number;
  /** Set when a replay asked for it: its progress is recorded with the events. */
  readonly replay?: string;
}

/** What reconciling a batch did to the ledger, in events. */
export interface ReconcileResult {
  /** The batch came from a listener that leads no more, or is fenced off: nothing was done, the range is read again. */
  readonly refused?: true;
  readonly events: number;
  readonly created: number;
  readonly unchanged: number;
  /** Read differently by a newer decoder and replaced. */
  readonly changed: number;
  readonly withdrawn: number;
  /** Events with outcome `failed` among `events`. */
  readonly failed: number;
  /** Rows touched per table, for `--dry-run`. */
  readonly rows: Readonly<Record<string, number>>;
}
