/** The Transaction row of the transaction itself. */
import type { Pool } from 'pg';
import { type ExplainedRows, type ExplainedTransaction, selectRows } from '../explain.js';

export async function explain(
  pool: Pool,
  { transactionHash }: ExplainedTransaction,
): Promise<ExplainedRows[]> {
  const rows = await selectRows(pool, '"Transaction" t WHERE "transactionHash" = $1', [transactionHash]);
  return [{ table: 'Transaction', rows, named: 'transactionHash' }];
}
