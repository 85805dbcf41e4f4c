/** The job payload: what a listener or a replay read and decoded, to be reconciled in one database transaction. */
import type { Chain, DecodedTransaction, Finality } from './event.js';

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
   */
  readonly scope: 'blocks' | 'transactions';
  readonly transactions: readonly DecodedTransaction[];
  /** Endpoint that gave the blocks, as a redacted name. */
  readonly source: string;
  /** Set when a replay asked for it: its progress is recorded with the events. */
  readonly replay?: string;
}

/** What reconciling a batch did to the ledger, in events. */
export interface ReconcileResult {
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
