/** A writer of the bare insert: takes its part of the batches, makes their arrays, waits for the word, and inserts. */
import pg from 'pg';
import { digestOf } from '../../src/store/digest.js';
import { ledgerRows } from '../../src/store/ledger.js';
import { generateBatches } from '../chain/batches.js';
import { nextMessage, tell } from '../lab/child.js';

const { DATABASE_URL = '', BLOCKS, PART, PARTS, BLOCKS_A_BATCH } = process.env;
const STATEMENT_ROWS = 1_000;
const TYPES = {
  chain: 'text',
  block: 'bigint',
  transaction_index: 'int',
  event_index: 'int',
  transaction_hash: 'text',
  block_time: 'timestamp',
  kind: 'text',
  outcome: 'text',
  finality: 'text',
  asset_kind: 'text',
  asset: 'text',
  sender: 'text',
  recipient: 'text',
  amount: 'numeric',
  decimals: 'smallint',
  price_amount: 'numeric',
  price_currency: 'text',
  price_decimals: 'smallint',
  facts: 'jsonb',
  decoder: 'text',
  decoder_version: 'smallint',
  digest: 'bigint',
  source: 'text',
  job: 'text',
} as const;

const all = [
  ...generateBatches({ seed: 3, wallets: 20_000, fromSlot: 1, toSlot: Number(BLOCKS), ours: 20, blocksPerBatch: Number(BLOCKS_A_BATCH) }),
];
const mine = all.filter((_, at) => at % Number(PARTS) === Number(PART));
const rows = mine.flatMap((batch) =>
  batch.transactions.flatMap((transaction) =>
    ledgerRows(transaction, batch.finality).map((row) => {
      const { event } = row;
      const time = row.blockTime === null ? null : new Date(row.blockTime * 1000).toISOString();
      const facts = JSON.stringify({ movements: event.movements, details: event.details }, (_, value: unknown) =>
        typeof value === 'bigint' ? value.toString() : value,
      );
      return [
        row.chain,
        row.block,
        row.transactionIndex,
        event.eventIndex,
        row.transactionHash,
        time,
        event.kind,
        event.outcome,
        row.finality,
        event.asset.kind,
        event.asset.address,
        event.from,
        event.to,
        event.amount,
        event.decimals,
        event.price?.amount,
        event.price?.currency,
        event.price?.decimals,
        facts,
        event.decoder,
        event.decoderVersion,
        digestOf(row),
        'bench',
        'bench',
      ];
    }),
  ),
);
const names = Object.keys(TYPES);
const statements: unknown[][][] = [];
for (let from = 0; from < rows.length; from += STATEMENT_ROWS) {
  const part = rows.slice(from, from + STATEMENT_ROWS);
  statements.push(names.map((_, column) => part.map((row) => row[column] ?? null)));
}
const parameters = Object.values(TYPES).map((type, at) => `$${at + 1}::${type}[]`);
const sql = `INSERT INTO ledger_event (${names.join(', ')}) SELECT * FROM unnest(${parameters.join(', ')}) ON CONFLICT DO NOTHING`;

const client = new pg.Client({ connectionString: DATABASE_URL });
await client.connect();
await tell({ ready: true });
await nextMessage();
for (const values of statements) await client.query({ name: 'bare', text: sql, values });
await tell({ doneAt: Date.now(), rows: rows.length });
await client.end();
process.disconnect?.();
