/** The floor's process on Solana; see floor-contender.ts. */
import { Pool } from 'undici';
import { NDT_MINT } from '../chain/ours.js';
import { openFloorWriter } from './floor-write.js';
import { FOLLOWED_PROGRAMS } from './followed.js';

const { RPC_URL = '' } = process.env;
const blocks = Number(process.env.BLOCKS);
const AT_ONCE = 6;
const keys = [...FOLLOWED_PROGRAMS, NDT_MINT].map((key) => Buffer.from(`"${key}"`));
const BEGIN = Buffer.from('{"meta":');
const NEXT = Buffer.from(',{"meta":');

const url = new URL(RPC_URL);
const http = new Pool(url.origin, { connections: AT_ONCE });
const writer = await openFloorWriter('solana', blocks);
const ready = new Set<number>();
let readUpTo = 0;

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
    }
  }
  ready.add(slot);
  while (ready.delete(readUpTo + 1)) readUpTo += 1;
  writer.readUpTo(readUpTo);
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
await writer.finish();
await http.close();
