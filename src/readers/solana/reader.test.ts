/** What the Solana reader makes of answers that do not fit together. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  address,
  type FakeRpc,
  fakeChain,
  fakeTransaction,
  signatureOf,
  startFakeRpc,
} from '../../../test/support/fake-solana-rpc.js';
import { silentLog } from '../../../test/support/silent-log.js';
import { createSolanaReader, type SolanaReader } from './reader.js';

const OURS = address(42);
const signal = new AbortController().signal;
let rpc: FakeRpc;
let reader: SolanaReader;

beforeEach(async () => {
  const blocks = fakeChain([10, 11, 12], (slot) => [
    fakeTransaction(signatureOf(slot), [address(3), OURS, address(2)]),
  ]);
  rpc = await startFakeRpc(blocks);
  rpc.signatures = [12, 11, 10].map((slot) => ({ signature: signatureOf(slot), slot, err: null }));
  const follow = {
    programs: [],
    tokens: [],
    nfts: { mints: [OURS], collections: [], creators: [], all: false },
  };
  reader = createSolanaReader({
    endpoints: [{ url: rpc.url }],
    log: silentLog,
    retries: 0,
    backoffMs: 5,
    follow,
  });
});
afterEach(async () => {
  await reader.close();
  await rpc.close();
});

async function readAddress(): Promise<number[]> {
  const blocks: number[] = [];
  const range = { fromBlock: 10, toBlock: 12 };
  for await (const { transaction } of reader.readAddress(OURS, range, { finality: 'finalized', signal }))
    blocks.push(transaction.block);
  return blocks;
}

test('promise 3: a transaction of an address that a list names and no endpoint gives is asked for again, not left out', async () => {
  expect(await readAddress()).toEqual([12, 11, 10]);
  rpc.missing.add(11);
  await expect(readAddress()).rejects.toMatchObject({
    code: 'BLOCK_UNAVAILABLE',
    retryable: true,
    message: expect.stringContaining('slot 11'),
  });
});
