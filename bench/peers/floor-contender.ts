/**
 * The floor: what no program can be quicker than. The bytes are read, our keys looked for in them, those transactions parsed, and the
 * very rows that ours ends up with are copied in, made beforehand: no decoding, no queue, no question to the database.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import type { BenchContext, Contender } from '../bench.js';
import { systemUsage } from '../benches/system-usage.js';
import type { ServingNode } from '../lab/chain-node.js';
import { startChild } from '../lab/child.js';
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

/** @param script what reads the chain */
export function floorContender(
  name: string,
  script: 'floor-solana' | 'floor-ton',
  node: ServingNode,
  blocks: number,
  rows: FloorRows,
  context: BenchContext,
): Contender {
  return {
    name,
    unit: 'blocks/s',
    work: `${blocks} blocks`,
    run: async () => {
      const { postgres } = context;
      const database = await postgres.create();
      await node.reset();
      try {
        node.child.mark();
        const before = { postgres: postgres.cpu(), redis: context.redis?.cpu() ?? 0 };
        const child = startChild({
          name: 'floor',
          script: fileURLToPath(new URL(`${script}.js`, import.meta.url)),
          env: { DATABASE_URL: database.url, RPC_URL: node.url, BLOCKS: String(blocks), ROWS: rows.folder },
        });
        const { doneAt } = await child.message((message) =>
          'doneAt' in (message as object) ? (message as { doneAt: number }) : null,
        );
        const usages = [child.usage(), ...systemUsage(context, before, node)];
        await child.stop();
        const { firstBlockAt } = await node.served();
        return { value: blocks / ((doneAt - (firstBlockAt ?? 0)) / 1000), usages };
      } finally {
        await database.drop();
      }
    },
  };
}
