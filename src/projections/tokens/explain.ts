/** The balances that a transaction moved, and the MusicToken rows of the users concerned. */
import type { Pool } from 'pg';
import { type ExplainedRows, type ExplainedTransaction, eventsThatCount, selectRows } from '../explain.js';

export async function explain(pool: Pool, transaction: ExplainedTransaction): Promise<ExplainedRows[]> {
  const { chain } = transaction;
  const events = eventsThatCount(transaction);
  const movements = events.flatMap((event) => event.movements ?? []);
  const holders = movements.map((movement) => movement.owner);
  const stakers = events.filter((event) => event.stake).map((event) => event.from);
  const balances = await selectRows(
    pool,
    `wallet_balance t WHERE chain = $1 AND token = ANY($2) AND address = ANY($3) ORDER BY token, address`,
    [chain, movements.map((movement) => movement.token), holders],
  );
  const music = await selectRows(
    pool,
    `"MusicToken" t WHERE chain = $1
        AND "userId" IN (SELECT "userId" FROM "Wallet" WHERE address = ANY($2)) ORDER BY "userId"`,
    [chain, [...holders, ...stakers]],
  );
  return [
    { table: 'wallet_balance', rows: balances, named: 'address' },
    { table: 'MusicToken', rows: music },
  ];
}
