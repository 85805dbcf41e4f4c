import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  address,
  type FakeRpc,
  fakeChain,
  fakeTransaction,
  signatureOf,
  startFakeRpc,
} from '../../test/support/fake-solana-rpc.js';
import { silentLog } from '../../test/support/silent-log.js';
import { createKeyFinder } from './solana/rpc/keys.js';
import { readBlock } from './solana/rpc/read-block.js';
import { createSolanaSource, type SolanaSource } from './solana/source.js';
import { readHead } from './ton/normalise/v3.js';

const OURS = address(42);
const signal = new AbortController().signal;
let rpc: FakeRpc;
let source: SolanaSource;

beforeAll(async () => {
  const moved = (slot: number) => [fakeTransaction(signatureOf(slot), [address(50), OURS, address(2)])];
  rpc = await startFakeRpc(fakeChain([10, 11, 12, 13], moved));
  const endpoints = [{ url: rpc.url, wsUrl: null }];
  source = createSolanaSource({ endpoints, keys: () => [OURS], log: silentLog, retries: 0 });
});
afterAll(async () => {
  await source.close();
  await rpc.close();
});

async function timesWith(blockTime: unknown, told: unknown): Promise<unknown> {
  rpc.fault = (method, [slot, how]) => {
    if (method === 'getBlockTime') return { result: told };
    const block = method === 'getBlock' && slot === 12 ? rpc.chain.get(12) : undefined;
    const { slot: _, transactions, ...head } = block ?? { slot: 0, transactions: [] };
    const isWhole = (how as { transactionDetails?: string } | undefined)?.transactionDetails === 'full';
    return block ? { result: { ...head, blockTime, ...(isWhole ? { transactions } : {}) } } : undefined;
  };
  const times: unknown[] = [];
  const options = { finality: 'finalized', concurrency: 1, signal } as const;
  for await (const { block, again, raw, toBlock } of source.read({ fromBlock: 11, toBlock: 12 }, options)) {
    const archived = raw ? readBlock(toBlock, Buffer.from(raw()), createKeyFinder([OURS])) : null;
    if (raw) expect(archived?.blockTime).toBe(block?.blockTime);
    times.push([block?.blockTime, block?.transactions[0]?.blockTime, again?.().blockTime]);
  }
  return times.at(-1);
}

describe('times of blocks', () => {
  test.each([-62_167_219_200, 0, 253_402_300_800, 2 ** 53, 1.5, '1700000012'])(
    'a blockTime of %s is the answer of an endpoint that is wrong, by its name and the field',
    async (blockTime) => {
      const error: unknown = await timesWith(blockTime, null).catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: 'RPC_BAD_RESPONSE', retryable: true });
      expect(String(error)).toContain(rpc.url);
      expect(String(error)).toContain('result.blockTime');
    },
  );

  test.each([null, undefined])('one of %s is asked for', async (blockTime) => {
    const asked = 1_700_000_099;
    expect(await timesWith(blockTime, asked)).toEqual([asked, asked, asked]);
  });

  test('where nobody knows it, it is that of the block before', async () => {
    const before = 1_700_000_011;
    expect(await timesWith(null, null)).toEqual([before, before, before]);
  });

  test('a block of ours whose time nobody tells waits, and one transaction of it, too', async () => {
    const known = rpc.chain;
    rpc.chain = new Map([...known].map(([slot, block]) => [slot, { ...block, blockTime: null as never }]));
    try {
      const waits = { code: 'BLOCK_UNAVAILABLE', retryable: true, message: expect.stringContaining('time') };
      await expect(timesWith(null, null)).rejects.toMatchObject(waits);
      rpc.fault = (method) => (method === 'getBlockTime' ? { result: null } : undefined);
      await expect(source.transaction(signatureOf(12), signal)).rejects.toMatchObject(waits);
    } finally {
      rpc.chain = known;
    }
    rpc.fault = () => undefined;
    expect((await source.transaction(signatureOf(12), signal))?.transaction.blockTime).toBe(1_700_000_012);
  });

  test('TON: a time that is none is refused by the name of its field', () => {
    const raw = { account: `0:${'1'.repeat(64)}`, hash: '1'.repeat(64), lt: '1', now: 2 ** 33 };
    expect(() => readHead(raw)).toThrow(/time in seconds/);
  });
});
