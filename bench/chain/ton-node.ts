/**
 * A TON endpoint with a history, a process of its own: `node ton-node.js BLOCKS ACTIONS_A_BLOCK`. Real
 * contracts play on the local TON (real TVM), so every proof holds; what was asked for once is answered from
 * ready bytes from then on, and costs nobody a TVM.
 */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startTonDevnet, type TonDevnet } from '../../devnet/ton/server.js';
import { createTraffic } from '../../devnet/ton/traffic/traffic.js';
import { createUsers, everybody } from '../../devnet/ton/traffic/users.js';
import { tell } from '../lab/child.js';
import { temporaryFolder } from '../lab/folder.js';

const SEED = 'bench';
const USERS = 24;
/** Milliseconds since 1970 of the first block. */
const EPOCH = 1_800_000_000_000;
const BLOCK_MS = 1_000;
const WRITE_OUT = 100;

interface Ready {
  readonly status: number;
  readonly type: string;
  readonly body: Buffer;
}

const [blocks = 0, actions = 0] = process.argv.slice(2).map(Number);
const directory = temporaryFolder('ton');
const devnet = await play();
const answers = new Map<string, Ready>();
const asked = new Set<string>();
let served = { blocks: 0, bytes: 0 };
let firstBlockAt: number | null = null;

const server = createServer((request, response) => {
  answer(request)
    .then(({ status, type, body }) => {
      served.bytes += body.length;
      response.writeHead(status, { 'content-type': type, 'content-length': body.length }).end(body);
    })
    .catch((error: unknown) => {
      process.stderr.write(`TON node: ${String(error)}\n`);
      response.destroy();
    });
});
server.keepAliveTimeout = 60_000;
await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));

process.on('message', (message) => {
  const { ask } = message as { readonly ask?: string };
  if (ask === 'reset') {
    served = { blocks: 0, bytes: 0 };
    firstBlockAt = null;
    asked.clear();
    void tell({ reset: true });
  } else if (ask === 'served') void tell({ served, firstBlockAt });
  else if (ask === 'asked') void tell({ asked: [...asked] });
});
process.once('disconnect', () => process.exit(0));
await tell({
  type: 'ready',
  url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  head: devnet.chain.head().seqno,
});

/** Users of the devnet play until the chain is long enough. */
async function play(): Promise<TonDevnet> {
  let clock = EPOCH;
  const now = () => clock;
  const genesis = everybody(createUsers(SEED, USERS)).map((wallet) => wallet.genesis);
  const chain = { dir: directory, seed: SEED, blockMilliseconds: 3_600_000, genesis, now };
  const local = await startTonDevnet({ ...chain, host: '127.0.0.1', port: 0 });
  const traffic = createTraffic({
    chain: local.chain,
    seed: SEED,
    usersCount: USERS,
    actionsPerSecond: 1,
    dir: directory,
    now,
  });
  while (local.chain.head().seqno < blocks) {
    for (let begun = 0; begun < actions; begun++) if (!(await traffic.step())) break;
    clock += BLOCK_MS;
    await local.chain.advance(1);
    if (local.chain.head().seqno % WRITE_OUT === 0) await tell({ made: local.chain.head().seqno });
  }
  await traffic.stop();
  return local;
}

async function answer(request: IncomingMessage): Promise<Ready> {
  const { url = '/', method = 'GET' } = request;
  if (method !== 'GET')
    return { status: 405, type: 'text/plain', body: Buffer.from('only GET is kept ready') };
  asked.add(url);
  if (/^\/block\/\d+$|\/transactionsByMasterchainBlock\?/.test(url)) {
    served.blocks += 1;
    firstBlockAt ??= Date.now();
  }
  const ready = answers.get(url);
  if (ready) return ready;
  const reply = await fetch(`${devnet.url}${url}`);
  const type = reply.headers.get('content-type') ?? 'application/json';
  const fresh = { status: reply.status, type, body: Buffer.from(await reply.arrayBuffer()) };
  answers.set(url, fresh);
  return fresh;
}
