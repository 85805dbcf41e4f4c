/** Steps that all kinds of batches share. */
import type { PoolClient } from 'pg';
import type { ProjectionContext, RowCounts } from '../projections/projection.js';
import { PROJECTIONS } from '../projections/registry.js';
import { deleteFromLedger, type LedgerEntry, settleLedger } from '../store/ledger/ledger.js';
import type { Changes } from './changes.js';
import { createCounter } from './counting.js';
import type { Place } from './plan.js';

/**
 * Deletes transactions from the ledger and reverts them in every projection. @returns rows changed by table
 */
export async function withdraw(
  client: PoolClient,
  changes: Changes,
  places: readonly Place[],
  context: ProjectionContext,
): Promise<RowCounts> {
  const { rows, count } = createCounter();
  const removed = await deleteFromLedger(client, changes.chain, places);
  changes.removed.push(...removed);
  count({ ledger_event: removed.length });
  for (const projection of [...PROJECTIONS].reverse())
    count(await projection.revert(client, removed, context));
  return rows;
}

/**
 * Marks confirmed transactions as final, in the ledger and in the projections. @returns rows changed by table
 */
export async function settle(
  client: PoolClient,
  changes: Changes,
  entries: readonly LedgerEntry[],
): Promise<RowCounts> {
  const { rows, count } = createCounter();
  await settleLedger(client, changes.chain, entries);
  changes.settled.push(...entries);
  count({ ledger_event: entries.length });
  const hashes = [...new Set(entries.map((entry) => entry.transactionHash))];
  for (const projection of PROJECTIONS) count((await projection.settle?.(client, hashes)) ?? {});
  return rows;
}
