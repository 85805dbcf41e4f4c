import { BitReader, BitString } from '@ton/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import './bits.js';

/** Bit by bit, as the library does it. */
function unsigned(bits: BitString, offset: number, length: number): bigint {
  let value = 0n;
  for (let i = 0; i < length; i += 1) value = value * 2n + (bits.at(offset + i) ? 1n : 0n);
  return value;
}

const place = fc.record({
  bytes: fc.uint8Array({ minLength: 48, maxLength: 140 }),
  before: fc.nat({ max: 15 }),
  skip: fc.nat({ max: 40 }),
  length: fc.nat({ max: 257 }),
});

test('integers and bytes are read as the library reads them, wherever they begin', () => {
  expect(Object.getOwnPropertyNames(BitReader.prototype)).toEqual(
    expect.arrayContaining(['_preloadUint', '_preloadInt', '_preloadBuffer']),
  );
  fc.assert(
    fc.property(place, ({ bytes, before, skip, length }) => {
      const bits = new BitString(Buffer.from(bytes), before, bytes.length * 8 - before);
      const reader = new BitReader(bits);
      reader.skip(skip);
      expect(reader.clone().loadUintBig(length)).toBe(unsigned(bits, skip, length));
      expect(reader.clone().loadIntBig(length)).toBe(BigInt.asIntN(length, unsigned(bits, skip, length)));
      const bytesRead = reader.clone().loadBuffer(length >> 3);
      for (const [index, byte] of bytesRead.entries()) expect(BigInt(byte)).toBe(unsigned(bits, skip + index * 8, 8));
      expect(bytesRead.length).toBe(length >> 3);
    }),
  );
});

test('what reaches beyond the end is an error, as it is without', () => {
  const reader = new BitReader(new BitString(Buffer.alloc(4), 3, 20));
  expect(() => reader.clone().loadUint(21)).toThrow('out of bounds');
  expect(() => reader.clone().loadInt(21)).toThrow('out of bounds');
  expect(() => reader.clone().loadBuffer(3)).toThrow('out of bounds');
  expect(reader.loadUint(20)).toBe(0);
});
