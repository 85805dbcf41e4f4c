/**
 * A writer of the bare insert: takes its part of the batches, makes their arrays, waits for the word, and
 * inserts.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { deserialize } from 'node:v8';
import pg from 'pg';
import type { Batch } from '../../src/events/batch.js';
import { ledgerColumns, ledgerRows } from '../../src/store/ledger/ledger.js';
import { nextMessage, tell } from '../lab/child.js';

const { DATABASE_URL = '', BATCHES = '', PART, PARTS } = process.env;
const STATEMENT_ROWS = 1_000;
/** Of the columns that are no text. */
const TYPES: Readonly<Record<string, string>> = {
  block: 'bigint',
  transaction_index: 'int',
  event_index: 'int',
  block_time: 'timestamp',
  amount: 'numeric',
  decimals: 'smallint',
  price_amount: 'numeric',
  price_decimals: 'smallint',
  facts: 'jsonb',
  decoder_version: 'smallint',
  digest: 'bigint',
};

const mine = readdirSync(BATCHES)
  .toSorted()
  .filter((_, at) => at % Number(PARTS) === Number(PART))
  .map((name) => deserialize(readFileSync(join(BATCHES, name))) as Batch);
const columns = ledgerColumns({ source: 'bench', job: 'bench' });
const rows = mine.flatMap((batch) =>
  batch.transactions.flatMap((transaction) => ledgerRows(transaction, batch.finality)),
);
const names = Object.keys(columns);
const statements: unknown[][][] = [];
for (let from = 0; from < rows.length; from += STATEMENT_ROWS) {
  const part = rows.slice(from, from + STATEMENT_ROWS);
  statements.push(Object.values(columns).map((read) => part.map((row) => read(row) ?? null)));
}
const parameters = names.map((name, at) => `$${at + 1}::${TYPES[name] ?? 'text'}[]`);
const sql = `INSERT INTO ledger_event (${names.join(', ')}) SELECT * FROM unnest(${parameters.join(', ')}) ON CONFLICT DO NOTHING`;

const client = new pg.Client({ connectionString: DATABASE_URL });
await client.connect();
await tell({ ready: true });
await nextMessage();
for (const values of statements) await client.query({ name: 'bare', text: sql, values });
await tell({ doneAt: Date.now(), rows: rows.length });
await client.end();
process.disconnect?.();
