/** Ledgers hold digests: what an event's content is hashed to may never change. */
import { expect, test } from 'vitest';
import { added, count, listOf, optional, record, text } from '../../events/describe.js';
import type { ChainEvent, TransactionFacts } from '../../events/event.js';
import { digestOf, pusher } from './digest.js';

const LEAST: ChainEvent = {
  eventIndex: 4096,
  kind: 'transfer',
  outcome: 'ok',
  decoder: 'spl-token',
  decoderVersion: 1,
  asset: { kind: 'token', address: 'mint' },
};

/** All fields that the first ledgers knew; those that are added later change no digest. */
const MOST: ChainEvent = {
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
  price: { amount: 2n ** 64n, currency: 'SOL', decimals: 9 },
  fees: { marketplace: 1n, royalty: 2n },
  marketplace: 'm',
  movements: [{ token: 't', account: 'x', owner: 'a', delta: -3n }],
  nft: { contract: 'c', collection: 'l', creator: 'k', name: 'ü "n"', uri: 'u', royaltyBasisPoints: 500 },
  stake: { pool: 'p', lockSeconds: 1, apy: 12.5 },
  repriceOnly: true,
  details: { z: 1, deep: [{ b: 1, a: null }] },
};

const FACTS: Required<TransactionFacts> = {
  signer: 'alice',
  networkFee: 5000n,
  gasUsed: 1n,
  error: '{}',
  aliases: ['root', 'external'],
};

test.each<[string, Parameters<typeof digestOf>[0], bigint]>([
  ['with the least', { transactionHash: 'hash', blockTime: null, event: LEAST }, -1706883041123535858n],
  [
    'that says nothing in its parts',
    { transactionHash: 'hash', blockTime: 1, event: { ...LEAST, fees: {}, nft: {}, movements: [] } },
    -7481731827872006955n,
  ],
  [
    'with everything',
    { transactionHash: 'hash', blockTime: 1_700_000_000, event: MOST },
    -3743376238925138588n,
  ],
  [
    'that stands first',
    { transactionHash: 'hash', blockTime: 1_700_000_000, event: MOST, transaction: FACTS },
    -81014351413557368n,
  ],
  [
    'that stands first, with no facts',
    { transactionHash: 'hash', blockTime: 1, event: LEAST, transaction: {} },
    1241584678921553454n,
  ],
])('the digest of an event %s is the one that ledgers hold', (_, content, digest) => {
  expect(digestOf(content)).toBe(digest);
});

test('the order of keys is no content', () => {
  const turned = (value: unknown): unknown =>
    Array.isArray(value)
      ? value.map(turned)
      : typeof value === 'object' && value !== null
        ? Object.fromEntries(
            Object.entries(value)
              .toReversed()
              .map(([key, inner]) => [key, turned(inner)]),
          )
        : value;
  const row = { transactionHash: 'hash', blockTime: 1 };
  expect(digestOf({ ...row, event: turned(MOST) as ChainEvent })).toBe(digestOf({ ...row, event: MOST }));
});

test('a field that was added says nothing where it is absent', () => {
  const before = { index: count(), parts: listOf(record({ address: text() })), note: optional(text()) };
  const after = {
    ...before,
    parts: listOf(record({ address: text(), label: added(text()) })),
    weight: added(count()),
  };
  const content = (fields: Parameters<typeof pusher>[0], value: object) => {
    const list: unknown[] = [];
    pusher(fields)(list, value);
    return list;
  };
  const old = { index: 1, parts: [{ address: 'x' }] };
  expect(content(after, old)).toEqual(content(before, old));
  expect(content(after, { index: 1, parts: [{ address: 'x', label: 'l' }], weight: 2 })).toEqual([
    1,
    [['x', ['label', 'l']]],
    undefined,
    ['weight', 2],
  ]);
});
