/** The floor's process; see floor-contender.ts. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { Pool } from 'undici';
import { NDT_MINT } from '../chain/ours.js';
import { tell } from '../lab/child.js';
import { copyIn } from '../lab/copy.js';
import { STRETCH, WHOLE_TABLES } from './floor-contender.js';
import { FOLLOWED_PROGRAMS } from './followed.js';

const { RPC_URL = '', DATABASE_URL = '', ROWS = '' } = process.env;
const blocks = Number(process.env.BLOCKS);
const AT_ONCE = 6;
const keys = [...FOLLOWED_PROGRAMS, NDT_MINT].map((key) => Buffer.from(`"${key}"`));
const BEGIN = Buffer.from('{"meta":');
const NEXT = Buffer.from(',{"meta":');

const url = new URL(RPC_URL);
const http = new Pool(url.origin, { connections: AT_ONCE });
const client = new pg.Client({ connectionString: DATABASE_URL });
await client.connect();

let parsed = 0;
const ready = new Set<number>();
let nextStretch = 1;
let writing: Promise<void> = copyWhole();

async function copyWhole(): Promise<void> {
  await client.query('BEGIN');
  for (const table of WHOLE_TABLES) await copyIn(client, `COPY "${table}" FROM STDIN`, readFileSync(join(ROWS, table)));
  await client.query('COMMIT');
}

async function copyStretch(from: number): Promise<void> {
  const to = Math.min(blocks, from + STRETCH - 1);
  await client.query('BEGIN');
  await copyIn(client, 'COPY ledger_event FROM STDIN', readFileSync(join(ROWS, `ledger_event-${from}`)));
  await copyIn(client, 'COPY "Transaction" FROM STDIN', readFileSync(join(ROWS, `Transaction-${from}`)));
  await client.query('INSERT INTO coverage_range (chain, fingerprint, from_block, to_block) VALUES ($1, $2, $3, $4)', [
    'solana',
    'floor',
    from,
    to,
  ]);
  await client.query('COMMIT');
}

async function read(slot: number): Promise<void> {
  const config = {
    commitment: 'finalized',
    encoding: 'json',
    transactionDetails: 'full',
    rewards: false,
    maxSupportedTransactionVersion: 1,
  };
  const response = await http.request({
    path: url.pathname,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: slot, method: 'getBlock', params: [slot, config] }),
  });
  const body = Buffer.from(await response.body.arrayBuffer());
  const found = new Set<number>();
  for (const key of keys) {
    for (let at = body.indexOf(key); at >= 0; at = body.indexOf(key, at + key.length)) {
      const start = body.lastIndexOf(BEGIN, at);
      if (found.has(start)) continue;
      found.add(start);
      const next = body.indexOf(NEXT, at);
      const end = next < 0 ? body.lastIndexOf(']', body.length) : next;
      JSON.parse(body.toString('utf8', start, end));
      parsed += 1;
    }
  }
  ready.add(slot);
  while (nextStretch <= blocks && isReady(nextStretch)) {
    const stretch = nextStretch;
    nextStretch += STRETCH;
    writing = writing.then(() => copyStretch(stretch));
  }
}

function isReady(from: number): boolean {
  for (let slot = from; slot < from + STRETCH && slot <= blocks; slot++) if (!ready.has(slot)) return false;
  return true;
}

let slot = 0;
await Promise.all(
  Array.from({ length: AT_ONCE }, async () => {
    while (slot < blocks) {
      slot += 1;
      await read(slot);
    }
  }),
);
await writing;
await tell({ doneAt: Date.now(), parsed });
await client.end();
await http.close();
process.disconnect?.();
