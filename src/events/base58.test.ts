import bs58 from 'bs58';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeBase58, encodeBase58 } from './base58.js';

const bytes = fc
  .tuple(fc.nat(3), fc.uint8Array({ maxLength: 200 }))
  .map(([zeros, tail]) => Uint8Array.from([...new Array(zeros).fill(0), ...tail]));

test('base58 is what the reference library makes of the same bytes, both ways', () => {
  fc.assert(
    fc.property(bytes, (value) => {
      const text = bs58.encode(value);
      expect(encodeBase58(value)).toBe(text);
      expect(decodeBase58(text)).toEqual(value);
    }),
    { numRuns: 2_000 },
  );
});

test('text outside the alphabet is no base58', () => {
  for (const text of [
    '0',
    'O',
    'I',
    'l',
    'ab é',
    'abc d',
    `${'z'.repeat(200)}0`,
    `${'z'.repeat(60)}é${'z'.repeat(100)}`,
  ])
    expect(decodeBase58(text)).toBeNull();
});
