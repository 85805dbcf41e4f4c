/**
 * The floor's writing: whole tables at once, then a stretch of blocks after the other as it becomes ready.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { tell } from '../lab/child.js';
import { copyIn } from '../lab/copy.js';
import { STRETCH, WHOLE_TABLES } from './floor-rows.js';

const { DATABASE_URL = '', ROWS = '' } = process.env;

export interface FloorWriter {
  /** Every block up to this one is read. */
  readUpTo(block: number): void;
  /** Waits until all is written, says so to the parent, and lets the process end. */
  finish(): Promise<void>;
}

export async function openFloorWriter(chain: 'solana' | 'ton', blocks: number): Promise<FloorWriter> {
  const client = new pg.Client({ connectionString: DATABASE_URL });
  await client.connect();
  const rowsOf = (name: string) => readFileSync(join(ROWS, name));

  async function copyWhole(): Promise<void> {
    await client.query('BEGIN');
    for (const table of WHOLE_TABLES) await copyIn(client, `COPY "${table}" FROM STDIN`, rowsOf(table));
    await client.query('COMMIT');
  }

  async function copyStretch(from: number): Promise<void> {
    const to = Math.min(blocks, from + STRETCH - 1);
    await client.query('BEGIN');
    await copyIn(client, 'COPY ledger_event FROM STDIN', rowsOf(`ledger_event-${from}`));
    await copyIn(client, 'COPY "Transaction" FROM STDIN', rowsOf(`Transaction-${from}`));
    await client.query(
      `INSERT INTO coverage_range (chain, fingerprint, from_block, to_block) VALUES ($1, 'floor', $2, $3)`,
      [chain, from, to],
    );
    await client.query('COMMIT');
  }

  let next = 1;
  let writing = copyWhole();
  return {
    readUpTo: (block) => {
      for (; next <= blocks && Math.min(blocks, next + STRETCH - 1) <= block; next += STRETCH) {
        const stretch = next;
        writing = writing.then(() => copyStretch(stretch));
      }
    },
    finish: async () => {
      await writing;
      await tell({ doneAt: Date.now() });
      await client.end();
      process.disconnect?.();
    },
  };
}
