import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Batch } from '../events/batch.js';
import { decodeBatch, encodeBatch } from './codec.js';
import { jobId } from './job-id.js';
import { retryDelay } from './retention.js';

const BATCH: Batch = {
  chain: 'solana',
  fingerprint: 'abcdef0123456789',
  finality: 'finalized',
  fromBlock: 10,
  toBlock: 12,
  scope: 'blocks',
  source: 'https://rpc.example',
  transactions: [
    {
      chain: 'solana',
      block: 11,
      blockTime: 1_700_000_000,
      transactionIndex: 4,
      transactionHash: 'hash',
      outcome: 'ok',
      signer: 'alice',
      networkFee: 5000n,
      gasUsed: 1n,
      aliases: ['root'],
      problems: [{ code: 'logs-truncated', message: 'm' }],
      events: [
        {
          eventIndex: 1,
          kind: 'sale',
          outcome: 'ok',
          decoder: 'd',
          decoderVersion: 2,
          asset: { kind: 'nft', address: 'nft' },
          from: 'a',
          to: 'b',
          amount: 1n,
          decimals: 0,
          price: { amount: 18_446_744_073_709_551_615n, currency: 'SOL', decimals: 9 },
          fees: { marketplace: 1n, royalty: 2n },
          marketplace: 'm',
          movements: [{ token: 't', account: 'x', owner: 'a', delta: -3n }],
          nft: { contract: 'c', name: 'n', royaltyBasisPoints: 500 },
          stake: { pool: 'p', lockSeconds: 1, apy: 12.5 },
          repriceOnly: true,
          details: { deep: [{ a: null }] },
        },
      ],
    },
  ],
};

/** The payload with one piece of its JSON replaced. */
function broken(from: string, to: string): unknown {
  const payload = encodeBatch(BATCH);
  expect(payload.batch).toContain(from);
  return { ...payload, batch: payload.batch.replace(from, to) };
}

describe('codec', () => {
  test('every field survives the way through JSON', () => {
    expect(decodeBatch(JSON.parse(JSON.stringify(encodeBatch(BATCH))))).toEqual(BATCH);
  });

  test.each([
    ['fromBlock', '"fromBlock":10', '"fromBlock":-1'],
    ['toBlock', '"toBlock":12', '"toBlock":9'],
    ['scope', '"scope":"blocks"', '"scope":"all"'],
    ['transactions.0.block', '"toBlock":12', '"toBlock":10'],
    ['transactions.0.events.0.amount', '"amount":"1"', '"amount":"1.5"'],
    ['transactions.0.events.0.price.amount', '"18446744073709551615"', '1'],
    ['transactions.0.events.0.kind', '"sale"', '"steal"'],
    ['transactions.0.events.0', '"eventIndex":1', '"eventIndex":1,"unheardOf":1'],
  ])('a wrong %s is named', (field, from, to) => {
    expect(() => decodeBatch(broken(from, to))).toThrow(
      expect.objectContaining({ code: 'JOB_INVALID', retryable: false, message: expect.stringContaining(field) }),
    );
  });

  test('anything else is refused with the same error, never another', () => {
    fc.assert(
      fc.property(fc.oneof(fc.anything(), fc.record({ batch: fc.json(), source: fc.string() })), (payload) => {
        expect(() => decodeBatch(payload)).toThrow(expect.objectContaining({ code: 'JOB_INVALID' }));
      }),
    );
  });
});

describe('job id', () => {
  const id = (batch: Batch, lane: 'live' | 'backfill' = 'live') => jobId(batch, encodeBatch(batch), lane);

  test('depends on the content and the lane, not on the endpoint', () => {
    expect(id({ ...BATCH, source: 'another' })).toBe(id(BATCH));
    const others = [
      { ...BATCH, transactions: [] },
      { ...BATCH, finality: 'confirmed' as const },
      { ...BATCH, replay: 'r' },
      { ...BATCH, toBlock: 13 },
    ];
    expect(new Set([id(BATCH), id(BATCH, 'backfill'), ...others.map((batch) => id(batch))]).size).toBe(6);
  });

  test('is what BullMQ allows: no colon, not only digits', () => {
    expect(id({ ...BATCH, fingerprint: 'a:b' })).toMatch(/^(?!\d+$)[^:]+$/);
  });
});

test('retries are spaced ever wider, up to a minute', () => {
  const longest = Array.from({ length: 10 }, (_, at) => retryDelay(at + 1, () => 1));
  expect(longest).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000, 60_000]);
  expect(retryDelay(3, () => 0)).toBe(2000);
});
