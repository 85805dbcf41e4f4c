/** Counts of what reconciling did. */
import type { ReconcileResult } from '../events/batch.js';
import type { RowCounts } from '../projections/projection.js';

export const NOTHING: ReconcileResult = {
  events: 0,
  created: 0,
  unchanged: 0,
  changed: 0,
  withdrawn: 0,
  failed: 0,
  rows: {},
};

/** The counts of both together, table by table. */
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

/** Sums row counts by table; a table of which nothing was touched does not appear. */
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
