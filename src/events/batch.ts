/**
 * The payload of a job: what a listener or a replay read and decoded, to be reconciled in one database
 * transaction.
 */
import { count, type Described, listOf, name, oneOf, optional, record, text } from './describe.js';
import { CHAINS, type DecodedTransaction, FINALITIES, TRANSACTION } from './event.js';

const BLOCK = { block: count(), hash: name() };
/** A block with its hash. The number alone does not tell two branches of a fork apart. */
export interface BlockHash extends Described<typeof BLOCK> {}

/** A block and the block that it follows upon. */
export interface BlockLink extends BlockHash {
  readonly parent: number;
  readonly parentHash: string;
}

const OWED_CHECK = {
  block: count(),
  /** Of what was read of the block (src/chains/witness/listing.ts). */
  digest: name(),
  /** Redacted name of the endpoint by whose word it was read. */
  source: text(),
};
/** A block that was handed on before another endpoint gave its word of it: it is compared later. */
export interface OwedCheck extends Described<typeof OWED_CHECK> {}

/** Described as events are: event.ts. */
export const BATCH = {
  chain: oneOf(CHAINS),
  /** Of decoders and configuration: the blocks become covered under this fingerprint. */
  fingerprint: name(),
  finality: oneOf(FINALITIES),
  /** Inclusive. */
  fromBlock: count(),
  toBlock: count(),
  /**
   * `blocks`: the batch holds all followed transactions of the range, so the range becomes covered and ledger
   * events of the range that are not in the batch are withdrawn. `transactions`: only these transactions were
   * read (replay of an address or of one transaction), and no block becomes covered. `settle`: nothing was
   * read; `blocks` are all blocks of the range in the final chain, so events reconciled as `confirmed` from
   * these blocks become final, and those from other blocks are withdrawn.
   */
  scope: oneOf(['blocks', 'transactions', 'settle']),
  transactions: listOf(record<typeof TRANSACTION, DecodedTransaction>(TRANSACTION)),
  /** Names of the endpoints that gave the blocks, without their secrets. */
  source: text(),
  /**
   * For final blocks whose parent hashes are known: the newest block before the range, upon which its first
   * block follows, and (`last`) the newest block up to its end. Kept with coverage, so that stretches which
   * do not follow upon each other are noticed.
   */
  parent: optional(record<typeof BLOCK, BlockHash>(BLOCK)),
  last: optional(record<typeof BLOCK, BlockHash>(BLOCK)),
  /** For a `confirmed` or `settle` batch: the blocks of the range, ascending, without skipped numbers. */
  blocks: optional(listOf(record<typeof BLOCK, BlockHash>(BLOCK))),
  /**
   * Token of the lease that the listener held when it enqueued this; reconcile refuses a batch of an older
   * leader. Absent: enqueued without a lease (a replay).
   */
  lease: optional(count()),
  /**
   * Number of the newest announcement that the blocks were read with. Reconcile refuses a final batch that
   * lacks addresses of a later, fenced announcement (src/store/announcements.ts). Absent: nothing is
   * discovered on this chain.
   */
  knowledge: optional(count()),
  /** Id of the replay that enqueued this: its progress is recorded with the events. */
  replay: optional(name()),
  /**
   * What another endpoint's word is still owed about. Written with the batch, so that whoever reads it later
   * settles it; for scope `blocks` it takes the place of what the range owed before. Absent: not read from
   * endpoints (an archive), or from a source that does not compare.
   */
  owed: optional(listOf(record<typeof OWED_CHECK, OwedCheck>(OWED_CHECK))),
};
export interface Batch extends Described<typeof BATCH> {}

/** What reconciling a batch did to the ledger. Counts of events, except `rows`. */
export interface ReconcileResult {
  /**
   * The batch came from a listener that no longer leads, or is fenced off. Nothing was written, and the range
   * is read again.
   */
  readonly refused?: true;
  readonly events: number;
  /** Events that were not in the ledger. */
  readonly created: number;
  readonly unchanged: number;
  /** Events that were read differently, e.g. by a newer decoder, and were replaced. */
  readonly changed: number;
  /** Events that the ledger had and the batch does not have. */
  readonly withdrawn: number;
  /** Events with outcome `failed` among `events`. */
  readonly failed: number;
  /** Rows touched per table, for `--dry-run`. */
  readonly rows: Readonly<Record<string, number>>;
}
