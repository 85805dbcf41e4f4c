/**
 * The table transaction_alias: other hashes by which a transaction is known. Kind: function of one
 * transaction; an alias is inserted and deleted together with the Transaction row.
 */
import type { PoolClient } from 'pg';
import { bulk } from '../../store/bulk.js';
import type { LedgerRow } from '../../store/ledger/ledger.js';

interface Alias {
  readonly alias: string;
  readonly hash: string;
}

/**
 * Inserts the aliases that the rows name and that are not stored yet.
 * @returns rows inserted
 */
export async function insertAliases(client: PoolClient, rows: readonly LedgerRow[]): Promise<number> {
  const aliases = rows.flatMap(({ transactionHash: hash, transaction }) =>
    (transaction?.aliases ?? []).map((alias): Alias => ({ alias, hash })),
  );
  if (aliases.length === 0) return 0;
  const input = bulk(aliases, { alias: ['text', (row) => row.alias], hash: ['text', (row) => row.hash] });
  const { rowCount } = await client.query(
    `INSERT INTO transaction_alias (alias, transaction_hash) SELECT DISTINCT alias, hash FROM ${input.from} ORDER BY 1, 2 ON CONFLICT DO NOTHING`,
    [...input.values],
  );
  return rowCount ?? 0;
}

/**
 * Deletes all aliases of the transactions.
 * @returns rows deleted
 */
export async function deleteAliases(client: PoolClient, hashes: readonly string[]): Promise<number> {
  const { rowCount } = await client.query('DELETE FROM transaction_alias WHERE transaction_hash = ANY($1)', [
    hashes,
  ]);
  return rowCount ?? 0;
}
