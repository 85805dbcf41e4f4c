/**
 * The job payload: what a listener or a replay read and decoded, to be reconciled in one database
 * transaction.
 */
import { count, type Described, listOf, name, oneOf, optional, record, text } from './describe.js';
import { CHAINS, type DecodedTransaction, FINALITIES, TRANSACTION } from './event.js';

const BLOCK = { block: count(), hash: name() };
/** A block by its own name: block numbers alone do not tell two branches of a fork apart. */
export interface BlockHash extends Described<typeof BLOCK> {}

/** A block and the one that it follows upon. */
export interface BlockLink extends BlockHash {
  readonly parent: number;
  readonly parentHash: string;
}

/** Described as events are: event.ts. */
export const BATCH = {
  chain: oneOf(CHAINS),
  /** Of decoders and configuration: under what reading these blocks count as covered. */
  fingerprint: name(),
  finality: oneOf(FINALITIES),
  /** Inclusive. */
  fromBlock: count(),
  toBlock: count(),
  /**
   * `blocks`: the batch holds everything of ours in the range, so the range becomes covered and what the
   * ledger has besides is withdrawn. `transactions`: only these transactions were read (address-scoped
   * backfill, `--tx`). `settle`: nothing was read; `blocks` are all blocks of the range in the final chain,
   * so what was reconciled as `confirmed` from just these settles and what was reconciled from others is
   * withdrawn.
   */
  scope: oneOf(['blocks', 'transactions', 'settle']),
  transactions: listOf(record<typeof TRANSACTION, DecodedTransaction>(TRANSACTION)),
  /** Endpoint that gave the blocks, as a redacted name. */
  source: text(),
  /**
   * Of final blocks, where the chain's links are known: the newest block before the range, which its first
   * one follows upon, and the newest one up to its end. Kept with coverage, so that stretches which do not
   * follow upon each other are noticed.
   */
  parent: optional(record<typeof BLOCK, BlockHash>(BLOCK)),
  last: optional(record<typeof BLOCK, BlockHash>(BLOCK)),
  /** Of a `confirmed` or `settle` batch, ascending: the blocks of the range (skipped numbers are absent). */
  blocks: optional(listOf(record<typeof BLOCK, BlockHash>(BLOCK))),
  /**
   * Token of the lease that the listener held when it enqueued this; a job of an older leader is refused.
   * Absent: nobody's (a replay).
   */
  lease: optional(count()),
  /**
   * Number of the newest announcement that the blocks were read with: a final batch that lacks addresses of a
   * later one that is fenced is refused (src/store/announcements.ts). Absent: nothing is discovered on this
   * chain.
   */
  knowledge: optional(count()),
  /** Set when a replay asked for it: its progress is recorded with the events. */
  replay: optional(name()),
};
export interface Batch extends Described<typeof BATCH> {}

/** What reconciling a batch did to the ledger, in events. */
export interface ReconcileResult {
  /**
   * The batch came from a listener that leads no more, or is fenced off: nothing was done, the range is read
   * again.
   */
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
