/** Steps that every kind of batch is reconciled with, and the counting of what they did. */
import type { PoolClient } from 'pg';
import type { ReconcileResult } from '../events/batch.js';
import type { Chain } from '../events/event.js';
import type { ProjectionContext, RowCounts } from '../projections/projection.js';
import { PROJECTIONS } from '../projections/registry.js';
import { deleteFromLedger, type LedgerEntry, settleLedger } from '../store/ledger/ledger.js';
import type { Place } from './plan.js';

/** Takes transactions out of the ledger and of every projection. */
export async function withdraw(
  client: PoolClient,
  chain: Chain,
  places: readonly Place[],
  context: ProjectionContext,
): Promise<RowCounts> {
  const { rows, count } = createCounter();
  const removed = await deleteFromLedger(client, chain, places);
  count({ ledger_event: removed.length });
  for (const projection of [...PROJECTIONS].reverse())
    count(await projection.revert(client, removed, context));
  return rows;
}

/** Confirmed transactions that became final. */
export async function settle(
  client: PoolClient,
  chain: Chain,
  entries: readonly LedgerEntry[],
): Promise<RowCounts> {
  const { rows, count } = createCounter();
  await settleLedger(client, chain, entries);
  count({ ledger_event: entries.length });
  const hashes = [...new Set(entries.map((entry) => entry.transactionHash))];
  for (const projection of PROJECTIONS) count((await projection.settle?.(client, hashes)) ?? {});
  return rows;
}

export const NOTHING: ReconcileResult = {
  events: 0,
  created: 0,
  unchanged: 0,
  changed: 0,
  withdrawn: 0,
  failed: 0,
  rows: {},
};

export function sumOf(a: ReconcileResult, b: ReconcileResult): ReconcileResult {
  const { rows, count } = createCounter();
  count(a.rows);
  count(b.rows);
  return {
    events: a.events + b.events,
    created: a.created + b.created,
    unchanged: a.unchanged + b.unchanged,
    changed: a.changed + b.changed,
    withdrawn: a.withdrawn + b.withdrawn,
    failed: a.failed + b.failed,
    rows,
  };
}

/** Sums per table; tables of which nothing was touched do not appear. */
export function createCounter(): {
  readonly rows: RowCounts;
  readonly count: (more: Readonly<RowCounts>) => void;
} {
  const rows: RowCounts = {};
  return {
    rows,
    count: (more) => {
      for (const [table, number] of Object.entries(more))
        if (number > 0) rows[table] = (rows[table] ?? 0) + number;
    },
  };
}
