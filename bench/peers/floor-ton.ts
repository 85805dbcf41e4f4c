/**
 * The floor's process on TON; see floor-contender.ts. It is told which answers are needed, in the order in
 * which ours asks for them, and which accounts are ours: it asks for nothing else, and parses the
 * transactions of those accounts alone.
 */
import { Pool } from 'undici';
import { readFloorAnswers, TRANSACTIONS_PATH } from './floor-ton-answers.js';
import { openFloorWriter } from './floor-write.js';

const { RPC_URL = '', ROWS = '' } = process.env;
const blocks = Number(process.env.BLOCKS);
const AT_ONCE = 16;
const { paths, accounts } = readFloorAnswers(ROWS);
const ours = new Set(accounts);
/** Every transaction begins with it; the accounts of its parts stand in other fields. */
const BEGIN = Buffer.from('{"account":"');
const ACCOUNT_LENGTH = 66;

const http = new Pool(new URL(RPC_URL).origin, { connections: AT_ONCE });
const writer = await openFloorWriter('ton', blocks);
let done = 0;

function parseOurs(body: Buffer): void {
  for (let at = body.indexOf(BEGIN); at >= 0; ) {
    const next = body.indexOf(BEGIN, at + BEGIN.length);
    const account = body.toString('latin1', at + BEGIN.length, at + BEGIN.length + ACCOUNT_LENGTH);
    if (ours.has(account)) JSON.parse(body.toString('utf8', at, next < 0 ? body.lastIndexOf(']') : next - 1));
    at = next;
  }
}

async function read(path: string): Promise<void> {
  const response = await http.request({ path, method: 'GET' });
  const body = Buffer.from(await response.body.arrayBuffer());
  if (TRANSACTIONS_PATH.test(path)) parseOurs(body);
  done += 1;
  // Ours asks block after block, so a part of the paths is about that part of the blocks.
  writer.readUpTo(Math.floor((done / paths.length) * blocks));
}

let next = 0;
await Promise.all(
  Array.from({ length: AT_ONCE }, async () => {
    for (let path = paths[next++]; path !== undefined; path = paths[next++]) await read(path);
  }),
);
writer.readUpTo(blocks);
await writer.finish();
await http.close();
