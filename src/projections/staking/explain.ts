/** All stake positions of the wallets that staked, unstaked or claimed in a transaction. */
import type { Pool } from 'pg';
import { type ExplainedRows, type ExplainedTransaction, eventsThatCount, selectRows } from '../explain.js';

export async function explain(pool: Pool, transaction: ExplainedTransaction): Promise<ExplainedRows[]> {
  const stakers = eventsThatCount(transaction)
    .filter((event) => event.stake)
    .map((event) => event.from);
  const rows = await selectRows(
    pool,
    '"Staking" t WHERE chain = $1 AND "walletAddress" = ANY($2) ORDER BY "startDate", id',
    [transaction.chain, stakers],
  );
  return [{ table: 'Staking', rows, named: 'transactionHash' }];
}
