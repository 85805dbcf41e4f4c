/** A process stays below 512 MiB, however large the answers of its endpoint are, and goes on reading. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { address, fakeTransaction, hashOf, signatureOf } from '../support/fake-solana-rpc.js';
import { prepare } from '../support/ndx.js';

const MIB = 1024 * 1024;
const CHILD = new URL('../support/read-blocks.mjs', import.meta.url).pathname;
const FIRST = 10;
const LAST = 18;

/** The size of each block's answer in bytes, and whether it says so beforehand. */
let size: (slot: number) => number;
let says: boolean;
let url: string;
const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const { id, method, params = [] } = JSON.parse(String(Buffer.concat(chunks)));
    void answer({ id, method, slot: Number(params[0]), to: Number(params[1]), details: params[1] }, response);
  });
});

interface Call {
  readonly id: number;
  readonly method: string;
  readonly slot: number;
  readonly to: number;
  readonly details: { readonly transactionDetails?: string } | undefined;
}

async function answer({ id, method, slot, to, details }: Call, response: ServerResponse): Promise<void> {
  const slots = (from: number, until: number) =>
    Array.from({ length: Math.max(0, until - from + 1) }, (_, at) => from + at);
  const plain = (result: unknown) => response.end(JSON.stringify({ jsonrpc: '2.0', id, result }));
  response.setHeader('content-type', 'application/json');
  if (method === 'getBlocks') return void plain(slots(slot, to));
  if (method === 'getBlocksWithLimit') return void plain([slot]);
  const header = { blockhash: hashOf(slot), previousBlockhash: hashOf(slot - 1), parentSlot: slot - 1 };
  if (details?.transactionDetails !== 'full') return void plain({ ...header, blockTime: 1_700_000_000 });
  const transaction = (log: string) =>
    JSON.stringify(fakeTransaction(signatureOf(slot), [address(3), address(2)], { logs: [log] }));
  const head = `{"jsonrpc":"2.0","result":${JSON.stringify({ ...header, blockTime: 1_700_000_000 }).slice(0, -1)},"transactions":[`;
  const [before = '', after = ''] = transaction('FILL').split('FILL');
  const tail = `${after}]},"id":${id}}`;
  const fill = Math.max(0, size(slot) - head.length - before.length - tail.length);
  if (says) response.setHeader('content-length', head.length + before.length + fill + tail.length);
  response.write(head + before);
  const piece = Buffer.alloc(256 * 1024, 'x');
  for (let left = fill; left > 0 && !response.destroyed; left -= piece.length)
    await new Promise((written) => response.write(piece.subarray(0, Math.min(left, piece.length)), written));
  response.end(tail);
}

beforeAll(prepare);
beforeEach(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

async function readInChild(readings: number) {
  const args = [CHILD, url, String(FIRST), String(LAST), String(readings)];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return JSON.parse(stdout) as {
    ended: { blocks: number; failure: string | null }[];
    megabytes: number;
    held: number;
  };
}

test.each([
  ['that say so', true],
  ['that do not say so', false],
])('blocks of 200 MB %s are refused without being held', async (_, known) => {
  says = known;
  size = () => 200 * MIB;
  const { ended, megabytes, held } = await readInChild(2);
  expect(ended).toEqual(
    Array.from({ length: 2 }, () => ({
      blocks: 0,
      failure: expect.stringMatching(/^RPC_BAD_RESPONSE: .*more than \d+ bytes/),
    })),
  );
  expect(megabytes).toBeLessThan(512);
  expect(held).toBe(0);
});

test.each([
  ['that say so', true],
  ['that do not say so', false],
])('blocks of 24 MB %s are all read, by two readings at once', async (_, known) => {
  says = known;
  size = (slot) => (slot % 3 === 0 ? 1 : 24) * MIB;
  const { ended, megabytes, held } = await readInChild(2);
  expect(ended).toEqual(Array.from({ length: 2 }, () => ({ blocks: LAST - FIRST + 1, failure: null })));
  expect(megabytes).toBeLessThan(512);
  expect(held).toBe(0);
});
