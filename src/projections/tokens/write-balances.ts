/** The statement that adds to wallet_balance. */
import type { PoolClient } from 'pg';
import type { Chain } from '../../events/event.js';
import { type Bulk, type BulkColumns, bulk } from '../../store/bulk.js';
import type { BalanceDelta } from './balance-deltas.js';

const COLUMNS: BulkColumns<BalanceDelta> = {
  token: ['text', (delta) => delta.token],
  address: ['text', (delta) => delta.address],
  amount: ['numeric', (delta) => delta.amount],
};

/** The deltas as the statement's input; made before anything is written, because it takes a while. */
export function balanceInput(deltas: readonly BalanceDelta[]): Bulk {
  return bulk(deltas, COLUMNS, 2);
}

/** @returns rows inserted or changed */
export async function addBalances(client: PoolClient, chain: Chain, deltas: Bulk): Promise<number> {
  const { rowCount } = await client.query(
    `INSERT INTO wallet_balance AS b (chain, token, address, amount)
     SELECT $1, token, address, amount FROM ${deltas.from} ORDER BY token, address
     ON CONFLICT (chain, token, address) DO UPDATE SET amount = b.amount + EXCLUDED.amount WHERE EXCLUDED.amount <> 0`,
    [chain, ...deltas.values],
  );
  return rowCount ?? 0;
}
