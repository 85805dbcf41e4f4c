/**
 * The floor's process on TON; see floor-contender.ts. It is told which answers are needed, in the order in which ours asks for them: it
 * asks for nothing else, looks for our accounts in each, and parses where they stand.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Pool } from 'undici';
import { TON_KEYS, TON_PATHS } from './floor-ton-paths.js';
import { openFloorWriter } from './floor-write.js';

const { RPC_URL = '', ROWS = '' } = process.env;
const blocks = Number(process.env.BLOCKS);
const AT_ONCE = 16;
const paths = JSON.parse(readFileSync(join(ROWS, TON_PATHS), 'utf8')) as string[];
const keys = TON_KEYS.map((key) => Buffer.from(key));

const http = new Pool(new URL(RPC_URL).origin, { connections: AT_ONCE });
const writer = await openFloorWriter('ton', blocks);
let done = 0;

async function read(path: string): Promise<void> {
  const response = await http.request({ path, method: 'GET' });
  const body = Buffer.from(await response.body.arrayBuffer());
  if (path.startsWith('/account/') || keys.some((key) => body.includes(key))) JSON.parse(body.toString('utf8'));
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
