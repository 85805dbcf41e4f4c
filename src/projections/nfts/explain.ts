/** The NFTs that a transaction's events are about. */
import type { Pool } from 'pg';
import { type ExplainedRows, type ExplainedTransaction, eventsThatCount, selectRows } from '../explain.js';

export async function explain(pool: Pool, transaction: ExplainedTransaction): Promise<ExplainedRows[]> {
  const tokenIds = eventsThatCount(transaction)
    .filter((event) => event.asset.kind === 'nft')
    .map((event) => event.asset.address);
  const rows = await selectRows(pool, '"NFT" t WHERE "tokenId" = ANY($1) ORDER BY "tokenId"', [tokenIds]);
  return [{ table: 'NFT', rows, named: 'tokenId' }];
}
