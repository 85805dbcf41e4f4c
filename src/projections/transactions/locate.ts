/** Finds the transactions that a hash names among the Transaction rows and their other hashes. */
import type { Pool } from 'pg';
import type { Chain } from '../../events/event.js';
import type { Located } from '../projection.js';

/**
 * The transaction with this hash, or else the transactions that the hash names otherwise (TON: of their
 * trace, or of the external message), in chain order.
 * @param chain where it is looked for; null: on every chain
 */
export async function locate(pool: Pool, hash: string, chain: Chain | null): Promise<Located[]> {
  const place = `t.chain, t."transactionHash" AS hash, t."blockNumber" AS block, t."transactionIndex" AS index`;
  const onChain = '($2::text IS NULL OR t.chain = $2)';
  const { rows } = await pool.query<Omit<Located, 'block'> & { readonly block: string }>(
    `WITH own AS (SELECT ${place} FROM "Transaction" t WHERE t."transactionHash" = $1 AND ${onChain}),
          named AS (SELECT ${place} FROM transaction_alias a JOIN "Transaction" t ON t."transactionHash" = a.transaction_hash
                     WHERE a.alias = $1 AND ${onChain})
     SELECT chain, hash, block, index
       FROM (SELECT * FROM own UNION ALL SELECT * FROM named WHERE NOT EXISTS (SELECT 1 FROM own)) found
      ORDER BY chain, block, index`,
    [hash, chain],
  );
  return rows.map((row) => ({ ...row, block: Number(row.block) }));
}
