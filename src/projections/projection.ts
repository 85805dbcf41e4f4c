/**
 * A projection: tables derived from the ledger. One folder each, one line in registry.ts, and the contract test in
 * test/contract/projections.test.ts holds every one to promises 1, 2 and 5.
 */
import type { PoolClient } from 'pg';
import type { Chain } from '../events/event.js';
import type { LedgerRow } from '../store/ledger.js';
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
  /** Symbol of the token that MusicToken and Staking count. */
  readonly platformToken: string;
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

export interface Projection {
  readonly name: string;
  /**
   * Adds events that have just been inserted into the ledger; all of one chain. What a batch writes stays locked until its transaction
   * ends, and what many batches write (new wallets, balances) is waited for by all of them. So everything that is asked and computed comes
   * first, with rows that no other worker may want at the same time; then `write`, of all projections in their order.
   * @param owners of the wallets that the rows name; one map for all projections of a transaction
   */
  prepare(
    client: PoolClient,
    rows: readonly LedgerRow[],
    context: ProjectionContext,
    owners: Owners,
  ): Promise<Prepared>;
  /**
   * Events that have just been deleted from the ledger: afterwards every row they touched equals a fold of what the ledger holds now.
   */
  revert(client: PoolClient, rows: readonly LedgerRow[], context: ProjectionContext): Promise<RowCounts>;
}

export function chainOf(rows: readonly LedgerRow[]): Chain | undefined {
  return rows[0]?.chain;
}

/** Sorted and without repetition: rows are always locked in this order, so that two workers cannot wait for each other. */
export function sortedKeys(keys: Iterable<string>): string[] {
  return [...new Set(keys)].sort();
}

export function tokenOf(context: ProjectionContext, chain: Chain, address: string): KnownToken | undefined {
  return context.tokens.find((token) => token.chain === chain && token.address === address);
}

export function isPlatformToken(context: ProjectionContext, chain: Chain, address: string): boolean {
  return tokenOf(context, chain, address)?.symbol === context.platformToken;
}

/** Adds events to one projection alone; as `prepare`. */
export async function applyTo(
  projection: Projection,
  client: PoolClient,
  rows: readonly LedgerRow[],
  context: ProjectionContext,
): Promise<void> {
  const { write } = await projection.prepare(client, rows, context, new Map());
  await write();
}
