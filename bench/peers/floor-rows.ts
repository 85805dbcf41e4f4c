/** The rows that the floor copies in: taken beforehand from a database that ours has filled. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { copyOut } from '../lab/copy.js';
import { temporaryFolder } from '../lab/folder.js';

/** Folder with a file a table and stretch of blocks. */
export interface FloorRows {
  readonly folder: string;
}

/** Tables whose rows are not of one block, in the order in which they refer to one another. */
export const WHOLE_TABLES = [
  'User',
  'Wallet',
  'UserWallet',
  'NFT',
  'MusicToken',
  'Staking',
  'wallet_balance',
] as const;
/** Blocks a database transaction. */
export const STRETCH = 25;

export async function takeFloorRows(database: string): Promise<FloorRows> {
  const folder = temporaryFolder('floor');
  const client = new pg.Client({ connectionString: database });
  await client.connect();
  try {
    for (const table of WHOLE_TABLES)
      writeFileSync(join(folder, table), await copyOut(client, `COPY "${table}" TO STDOUT`));
    const { rows } = await client.query<{ last: number }>(
      'SELECT max(to_block)::int AS last FROM coverage_range',
    );
    const last = rows[0]?.last ?? 0;
    for (let from = 1; from <= last; from += STRETCH) {
      const to = from + STRETCH - 1;
      const ledger = `COPY (SELECT * FROM ledger_event WHERE block BETWEEN ${from} AND ${to} ORDER BY block, transaction_index, event_index) TO STDOUT`;
      const transactions = `COPY (SELECT * FROM "Transaction" WHERE "blockNumber" BETWEEN ${from} AND ${to} ORDER BY id) TO STDOUT`;
      writeFileSync(join(folder, `ledger_event-${from}`), await copyOut(client, ledger));
      writeFileSync(join(folder, `Transaction-${from}`), await copyOut(client, transactions));
    }
  } finally {
    await client.end();
  }
  return { folder };
}
