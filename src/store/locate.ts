/** Finds the transactions that a hash names in the tables. */
import type { Pool } from 'pg';
import type { Chain } from '../events/event.js';

export interface KnownPlace {
  readonly hash: string;
  readonly block: number;
}

/**
 * The transaction with this hash, or else the transactions that the hash names otherwise (TON: of their
 * trace, or of the external message), in chain order.
 */
export async function locateTransactions(
  db: { readonly pool: Pool },
  chain: Chain,
  hash: string,
): Promise<KnownPlace[]> {
  const { rows } = await db.pool.query<{ hash: string; block: string }>(
    `WITH own AS (SELECT "transactionHash" AS hash, "blockNumber" AS block, "transactionIndex" AS place FROM "Transaction"
                   WHERE "transactionHash" = $2 AND chain = $1),
          named AS (SELECT t."transactionHash" AS hash, t."blockNumber" AS block, t."transactionIndex" AS place FROM transaction_alias a
                      JOIN "Transaction" t ON t."transactionHash" = a.transaction_hash WHERE a.alias = $2 AND t.chain = $1)
     SELECT hash, block FROM (SELECT * FROM own UNION ALL SELECT * FROM named WHERE NOT EXISTS (SELECT 1 FROM own)) found ORDER BY block, place`,
    [chain, hash],
  );
  return rows.map((row) => ({ hash: row.hash, block: Number(row.block) }));
}
