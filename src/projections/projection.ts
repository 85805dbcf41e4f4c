/**
 * A projection: tables derived from the ledger, and everything that is said of them. One folder each, one
 * line in registry.ts; reconcile, verify, repair and explain only walk the registry.
 * test/contract/projections.test.ts holds every one to promises 1, 2, 5 and 9.
 *
 * How a projection is undone decides what an abandoned block, a newer reading or a repair costs, so its first
 * lines say which of these it is:
 * - **function of one transaction**: the row goes and comes with the transaction's events. Costs the
 *   transaction.
 * - **latest (or earliest) wins**: a write compares positions; undoing folds the touched keys' events anew.
 *   Costs the history of each key.
 * - **sums**: a write adds a delta; undoing sums the touched keys anew. Costs their history.
 * - **fold**: every write folds the touched key's events anew. Costs its history each time.
 */
import type { Pool, PoolClient } from 'pg';
import type { Chain } from '../events/event.js';
import type { LedgerRow } from '../store/ledger/ledger.js';
import type { DerivedTable } from './derived-table.js';
import type { ExplainedRows, ExplainedTransaction } from './explain.js';
import type { RowDifference } from './row-difference.js';
import type { Owners } from './wallets/owners.js';

/** A followed fungible token, as the network's configuration names it. */
export interface KnownToken {
  readonly chain: Chain;
  readonly address: string;
  readonly symbol: string;
  readonly decimals: number;
}

export interface ProjectionContext {
  readonly tokens: readonly KnownToken[];
  /** Symbol of the token that MusicToken and Staking count, of each chain. */
  readonly platformToken: Readonly<Partial<Record<Chain, string>>>;
}

/** Table → rows inserted, updated or deleted. */
export type RowCounts = Record<string, number>;

/** What is left of a projection's work once it is prepared. */
export interface Prepared {
  /** Rows written already. */
  readonly counts: RowCounts;
  /** Writes the rest. Whatever this takes, others may have to wait for. */
  readonly write: () => Promise<RowCounts>;
}

/** Rows that verify found to be other than the ledger says, all of this projection's tables. */
export interface Damage {
  readonly chain: Chain;
  readonly differences: readonly RowDifference[];
  readonly context: ProjectionContext;
}

/** Events that a row speaks of and the ledger does not hold. */
export interface LostEvents {
  readonly transactionHash: string;
  readonly block: number;
  /** Events by the row, and in the ledger. */
  readonly counted: number;
  readonly held: number;
}

export interface Projection {
  readonly name: string;
  /** What verify compares, by which key. Every table that the projection writes stands in one of them. */
  readonly tables: readonly DerivedTable[];

  /**
   * Adds events that have just been inserted into the ledger; all of one chain. What a batch writes stays
   * locked until its transaction ends, and what many batches write (new wallets, balances) is waited for by
   * all of them. So everything that is asked and computed comes first, with rows that no other worker may
   * want at the same time; then `write`, of all projections in the registry's order
   * (docs/adr/0006-prepare-then-write.md).
   * @param owners of the wallets that the rows name; one map for all projections of a transaction
   */
  prepare(
    client: PoolClient,
    rows: readonly LedgerRow[],
    context: ProjectionContext,
    owners: Owners,
  ): Promise<Prepared>;

  /**
   * Events that have just been deleted from the ledger: afterwards every row they touched equals a fold of
   * what the ledger holds now. Projections revert in reverse order of the registry.
   */
  revert(client: PoolClient, rows: readonly LedgerRow[], context: ProjectionContext): Promise<RowCounts>;

  /** Transactions that were `confirmed` became final. Absent: no row says how final it is. */
  settle?(client: PoolClient, transactionHashes: readonly string[]): Promise<RowCounts>;

  /**
   * First half of a repair, in the registry's order: every named row that the ledger accounts for stands as a
   * fold of the ledger says, whatever stands there now. Rows of earlier projections are right already. Costs
   * the history of the named keys.
   */
  restore(client: PoolClient, damage: Damage): Promise<void>;
  /**
   * Second half, in reverse order, when nothing refers to them any more: named rows that nothing in the
   * ledger accounts for go. Looks again: a row that has got an event meanwhile stays.
   */
  remove(client: PoolClient, damage: Damage): Promise<void>;

  /** Before a fold into empty copies of the tables: copies what rows depend on and only the platform says. */
  seed?(client: PoolClient, chain: Chain): Promise<void>;

  /**
   * What a row says of the ledger itself: events that it counts and the ledger lacks. Absent: rows say
   * nothing of it.
   */
  lostEvents?(difference: RowDifference): LostEvents | null;

  /** The rows that a transaction's events made or changed, as they are now. */
  explain(pool: Pool, transaction: ExplainedTransaction): Promise<readonly ExplainedRows[]>;
}

export function chainOf(rows: readonly LedgerRow[]): Chain | undefined {
  return rows[0]?.chain;
}

/**
 * Sorted and without repetition: rows are always locked in this order, so that two workers cannot wait for
 * each other.
 */
export function sortedKeys(keys: Iterable<string>): string[] {
  return [...new Set(keys)].sort();
}

export function tokenOf(context: ProjectionContext, chain: Chain, address: string): KnownToken | undefined {
  return context.tokens.find((token) => token.chain === chain && token.address === address);
}

export function isPlatformToken(context: ProjectionContext, chain: Chain, address: string): boolean {
  return tokenOf(context, chain, address)?.symbol === context.platformToken[chain];
}

/** Adds events to one projection alone; as `prepare` and its `write`. */
export async function applyTo(
  projection: Projection,
  client: PoolClient,
  rows: readonly LedgerRow[],
  context: ProjectionContext,
): Promise<void> {
  const { write } = await projection.prepare(client, rows, context, new Map());
  await write();
}
