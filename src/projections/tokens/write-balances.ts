/** The statement that adds deltas to wallet_balance. */
import type { PoolClient } from 'pg';
import type { Chain } from '../../events/event.js';
import { type Bulk, type BulkColumns, bulk } from '../../store/bulk.js';
import type { BalanceDelta } from './balance-deltas.js';

const COLUMNS: BulkColumns<BalanceDelta> = {
  token: ['text', (delta) => delta.token],
  address: ['text', (delta) => delta.address],
  amount: ['numeric', (delta) => delta.amount],
};

/**
 * The deltas as input of the statement. Made before the first write of a batch, because it takes a while and
 * rows should be locked only briefly.
 */
export function balanceInput(deltas: readonly BalanceDelta[]): Bulk {
  return bulk(deltas, COLUMNS, 2);
}

/**
 * Adds the deltas (base units) to the stored balances, and inserts the balances that are missing.
 * @returns rows inserted or changed; a delta of 0 changes no stored row
 */
export async function addBalances(client: PoolClient, chain: Chain, deltas: Bulk): Promise<number> {
  const { rowCount } = await client.query(
    `INSERT INTO wallet_balance AS b (chain, token, address, amount)
     SELECT $1, token, address, amount FROM ${deltas.from} ORDER BY token, address
     ON CONFLICT (chain, token, address) DO UPDATE SET amount = b.amount + EXCLUDED.amount WHERE EXCLUDED.amount <> 0`,
    [chain, ...deltas.values],
  );
  return rowCount ?? 0;
}
