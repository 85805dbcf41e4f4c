/**
 * Transaction and transaction_alias. Kind: function of one transaction (row.ts); the rows are inserted and
 * deleted together with the transaction's events.
 */
import type { PoolClient } from 'pg';
import type { Projection, RowCounts } from '../projection.js';
import { lostEvents, TRANSACTION, TRANSACTION_ALIAS } from './compare.js';
import { explain } from './explain.js';
import { locate } from './locate.js';
import { prepare } from './prepare.js';
import { remove, restore, revert } from './rebuild.js';

/** Changes status `pending` to `completed`. A failed transaction stays `failed`. */
async function settle(client: PoolClient, transactionHashes: readonly string[]): Promise<RowCounts> {
  const { rowCount } = await client.query(
    `UPDATE "Transaction" SET status = 'completed' WHERE "transactionHash" = ANY($1) AND status = 'pending'`,
    [transactionHashes],
  );
  return { Transaction: rowCount ?? 0 };
}

export const transactions: Projection = {
  name: 'transactions',
  tables: [TRANSACTION, TRANSACTION_ALIAS],
  prepare,
  revert,
  settle,
  restore,
  remove,
  lostEvents,
  locate,
  explain,
};
