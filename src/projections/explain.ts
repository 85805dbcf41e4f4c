/**
 * Rows as `ndx explain` shows them: what the events of a transaction made or changed, in its present state.
 */
import type { Pool } from 'pg';
import type { Chain, JsonObject } from '../events/event.js';
import type { LedgerRow } from '../store/ledger/ledger.js';

export interface ExplainedTransaction {
  readonly chain: Chain;
  readonly transactionHash: string;
  /** The transaction's events in the ledger; empty when the ledger could not be read. */
  readonly rows: readonly LedgerRow[];
}

export interface ExplainedRows {
  readonly table: string;
  /** All columns of each row. Numbers are text, so that amounts stay exact. */
  readonly rows: readonly JsonObject[];
  /**
   * Column whose values identify these rows in audit entries. Absent: changes of the table are found by the
   * transaction's hash.
   */
  readonly named?: string;
}

/**
 * Reads whole rows as JSON objects, with numbers as text.
 * @param from SQL that follows FROM; it must give the table the alias `t`
 * @param values the parameters `$1`, `$2`, … of `from`
 */
export async function selectRows(
  pool: Pool,
  from: string,
  values: readonly unknown[],
): Promise<JsonObject[]> {
  // JSON numbers would lose digits of large amounts; text does not.
  const { rows } = await pool.query<{ row: JsonObject }>(
    `SELECT (SELECT jsonb_object_agg(key, CASE jsonb_typeof(value) WHEN 'number' THEN to_jsonb(value::text)
                                                                   ELSE value END)
               FROM jsonb_each(to_jsonb(t))) AS row FROM ${from}`,
    [...values],
  );
  return rows.map((item) => item.row);
}

/** Events of successful transactions. Events of failed ones change no balance, owner or stake. */
export function eventsThatCount({ rows }: ExplainedTransaction): LedgerRow['event'][] {
  return rows.map((row) => row.event).filter((event) => event.outcome === 'ok');
}
