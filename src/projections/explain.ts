/** Rows as `ndx explain` shows them: what a transaction's events made or changed, as it is now. */
import type { Pool } from 'pg';
import type { Chain, JsonObject } from '../events/event.js';
import type { LedgerRow } from '../store/ledger/ledger.js';

export interface ExplainedTransaction {
  readonly chain: Chain;
  readonly transactionHash: string;
  /** Its events in the ledger; none when they could not be read. */
  readonly rows: readonly LedgerRow[];
}

export interface ExplainedRows {
  readonly table: string;
  /** All columns; numbers as text. */
  readonly rows: readonly JsonObject[];
  /**
   * Column whose values name these rows in audit entries; absent: changes of the table are found by the
   * transaction's hash.
   */
  readonly named?: string;
}

/** @param from SQL after FROM, in which the alias `t` is the table */
export async function selectRows(
  pool: Pool,
  from: string,
  values: readonly unknown[],
): Promise<JsonObject[]> {
  // Text keeps amounts exact: JSON numbers would not.
  const { rows } = await pool.query<{ row: JsonObject }>(
    `SELECT (SELECT jsonb_object_agg(key, CASE jsonb_typeof(value) WHEN 'number' THEN to_jsonb(value::text)
                                                                   ELSE value END)
               FROM jsonb_each(to_jsonb(t))) AS row FROM ${from}`,
    [...values],
  );
  return rows.map((item) => item.row);
}

/** Events that moved something; those of failed transactions did not. */
export function eventsThatCount({ rows }: ExplainedTransaction): LedgerRow['event'][] {
  return rows.map((row) => row.event).filter((event) => event.outcome === 'ok');
}
