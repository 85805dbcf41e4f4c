/**
 * A projection: tables derived from the ledger, and all code that knows these tables. Each has one folder and
 * one line in registry.ts; reconcile, verify, repair and explain only walk the registry.
 * test/contract/projections.test.ts checks promises 1, 2, 5 and 9 for every one.
 *
 * The way a projection is undone decides what an abandoned block, a newer reading or a repair costs. So the
 * first lines of its projection.ts say which kind it is:
 * - **function of one transaction**: the row is inserted and deleted together with the transaction's events.
 *   Undoing costs that transaction.
 * - **latest (or earliest) wins**: a write compares positions. Undoing folds the events of the touched keys
 *   again and costs their history.
 * - **sums**: a write adds a delta. Undoing sums the touched keys again and costs their history.
 * - **fold**: every write folds the events of the touched key again and costs its history each time.
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
  /** Symbol of the token that MusicToken and Staking count, for each chain. */
  readonly platformToken: Readonly<Partial<Record<Chain, string>>>;
}

/** Table → rows inserted, updated or deleted. */
export type RowCounts = Record<string, number>;

/**
 * A projection's work on a batch after `prepare`: what is written already, and what is still to be written.
 */
export interface Prepared {
  /** Rows that `prepare` has written. */
  readonly counts: RowCounts;
  /** Writes the rest. Other workers may have to wait for as long as this takes. */
  readonly write: () => Promise<RowCounts>;
}

/** Rows of this projection's tables that differ from the ledger, as verify found them. */
export interface Damage {
  readonly chain: Chain;
  readonly differences: readonly RowDifference[];
  readonly context: ProjectionContext;
}

/** Events that a row counts but the ledger does not hold. */
export interface LostEvents {
  readonly transactionHash: string;
  readonly block: number;
  /** Number of events according to the row. */
  readonly counted: number;
  /** Number of events in the ledger. */
  readonly held: number;
}

/** Where a transaction stands in its chain. */
export interface Located {
  readonly chain: Chain;
  readonly hash: string;
  readonly block: number;
  readonly index: number;
}

export interface Projection {
  readonly name: string;
  /** What verify compares, and by which key. Every table that the projection writes is in one of them. */
  readonly tables: readonly DerivedTable[];

  /**
   * Applies events that were just inserted into the ledger; all are of one chain. Rows that a batch writes
   * stay locked until its database transaction ends, and every other batch that writes the same rows (new
   * wallets, balances) waits for them. So `prepare` does all reading and computing, and writes only rows that
   * no other worker can want at the same time. `write` comes afterwards, for all projections in the
   * registry's order (docs/adr/0006-prepare-then-write.md).
   * @param owners users of the wallets that the events name; one map for all projections of a database
   * transaction
   */
  prepare(
    client: PoolClient,
    rows: readonly LedgerRow[],
    context: ProjectionContext,
    owners: Owners,
  ): Promise<Prepared>;

  /**
   * Undoes events that were just deleted from the ledger. Afterwards every row that they touched equals a
   * fold of what the ledger still holds. Projections revert in the reverse order of the registry.
   */
  revert(client: PoolClient, rows: readonly LedgerRow[], context: ProjectionContext): Promise<RowCounts>;

  /** Marks rows of transactions that were `confirmed` as final. Absent when no row says how final it is. */
  settle?(client: PoolClient, transactionHashes: readonly string[]): Promise<RowCounts>;

  /**
   * First half of a repair, in the registry's order: writes every damaged row that the ledger accounts for as
   * a fold of the ledger gives it, whatever is stored now. Earlier projections are already repaired. Costs
   * the history of the damaged keys.
   */
  restore(client: PoolClient, damage: Damage): Promise<void>;
  /**
   * Second half of a repair, in reverse order, when nothing refers to the rows any more: deletes the damaged
   * rows that nothing in the ledger accounts for. It reads the ledger again, so a row that has got an event
   * in the meantime stays.
   */
  remove(client: PoolClient, damage: Damage): Promise<void>;

  /**
   * Runs before verify folds the ledger into empty copies of the tables: copies the rows that other rows
   * depend on and that only the platform can know.
   */
  seed?(client: PoolClient, chain: Chain): Promise<void>;

  /**
   * Tells from a row whether the ledger has lost events that the row counts; null when it has not. Absent
   * when rows do not count events.
   */
  lostEvents?(difference: RowDifference): LostEvents | null;

  /**
   * Where the transactions stand that the hash names in this projection's tables: the one that has it, else
   * those that it names otherwise, in chain order. Absent when no row keeps a transaction's place.
   * @param chain where it is looked for; null: on every chain
   */
  locate?(pool: Pool, hash: string, chain: Chain | null): Promise<readonly Located[]>;

  /** The rows that a transaction's events made or changed, in their present state. */
  explain(pool: Pool, transaction: ExplainedTransaction): Promise<readonly ExplainedRows[]>;
}

/**
 * Chain of the first row, which is the chain of all: a batch holds events of one chain. Undefined without
 * rows.
 */
export function chainOf(rows: readonly LedgerRow[]): Chain | undefined {
  return rows[0]?.chain;
}

/**
 * Sorts the keys and removes repetitions. Rows are always locked in this order, so that two workers never
 * deadlock.
 */
export function sortedKeys(keys: Iterable<string>): string[] {
  return [...new Set(keys)].sort();
}

/** The followed token with this address on the chain; undefined when it is not followed. */
export function tokenOf(context: ProjectionContext, chain: Chain, address: string): KnownToken | undefined {
  return context.tokens.find((token) => token.chain === chain && token.address === address);
}

/** Whether the address is the token that MusicToken and Staking count on the chain. */
export function isPlatformToken(context: ProjectionContext, chain: Chain, address: string): boolean {
  return tokenOf(context, chain, address)?.symbol === context.platformToken[chain];
}

/** Applies events to one projection alone: `prepare`, then `write`. */
export async function applyTo(
  projection: Projection,
  client: PoolClient,
  rows: readonly LedgerRow[],
  context: ProjectionContext,
): Promise<void> {
  const { write } = await projection.prepare(client, rows, context, new Map());
  await write();
}
