/** Whose the wallets are that a transaction names, and which link of the platform says so. */
import type { Pool } from 'pg';
import { type ExplainedRows, type ExplainedTransaction, selectRows } from '../explain.js';
import { sortedKeys } from '../projection.js';
import { walletsOf } from './mentions.js';

export async function explain(pool: Pool, { rows }: ExplainedTransaction): Promise<ExplainedRows[]> {
  const wallets = await selectRows(
    pool,
    `(SELECT w.address, w.chain, w."userId", u."isPlaceholder", w."firstSeen", k.source AS "linkedBy", k.ref AS link
        FROM "Wallet" w LEFT JOIN "User" u ON u.id = w."userId"
        LEFT JOIN LATERAL (SELECT l.source, l.ref FROM wallet_link l
                            WHERE l.address = w.address ORDER BY l.seq DESC LIMIT 1) k ON true
       WHERE w.address = ANY($1) ORDER BY w.address) t`,
    [sortedKeys(rows.flatMap(walletsOf))],
  );
  return [{ table: 'Wallet', rows: wallets, named: 'address' }];
}
