import { Address, BitBuilder, BitReader, BitString } from '@ton/core';
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
    expect.arrayContaining([
      '_preloadUint',
      '_preloadInt',
      '_preloadBuffer',
      '_loadInternalAddress',
      'loadUint',
      'preloadUint',
    ]),
  );
  fc.assert(
    fc.property(place, ({ bytes, before, skip, length }) => {
      const bits = new BitString(Buffer.from(bytes), before, bytes.length * 8 - before);
      const reader = new BitReader(bits);
      reader.skip(skip);
      expect(reader.clone().loadUintBig(length)).toBe(unsigned(bits, skip, length));
      expect(reader.clone().loadIntBig(length)).toBe(BigInt.asIntN(length, unsigned(bits, skip, length)));
      const number = Number(BigInt.asUintN(Math.min(length, 53), unsigned(bits, skip, Math.min(length, 53))));
      const counted = reader.clone();
      expect([counted.preloadUint(Math.min(length, 53)), counted.loadUint(Math.min(length, 53))]).toEqual([
        number,
        number,
      ]);
      expect(counted.offset).toBe(skip + Math.min(length, 53));
      const bytesRead = reader.clone().loadBuffer(length >> 3);
      for (const [index, byte] of bytesRead.entries())
        expect(BigInt(byte)).toBe(unsigned(bits, skip + index * 8, 8));
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

test('addresses are read as they were written, wherever they begin, and what is cut off is an error', () => {
  const hash = fc.uint8Array({ minLength: 32, maxLength: 32 });
  fc.assert(
    fc.property(fc.nat({ max: 9 }), fc.integer({ min: -128, max: 127 }), hash, (before, workchain, bytes) => {
      const address = new Address(workchain, Buffer.from(bytes));
      const builder = new BitBuilder();
      builder.writeUint(1, before + 1);
      builder.writeAddress(address);
      builder.writeUint(5, 3);
      const bits = builder.build();
      const reader = new BitReader(bits, before + 1);
      expect(reader.loadAddress().toRawString()).toBe(address.toRawString());
      expect(reader.loadUint(3)).toBe(5);
      const cut = new BitReader(bits.substring(0, bits.length - 4), before + 1);
      expect(() => cut.loadAddress()).toThrow('out of bounds');
    }),
  );
  // addr_std with an anycast of one bit, which replaces the hash's first: the library's own reading.
  const anycast = new BitBuilder();
  anycast.writeUint(0b101, 3);
  anycast.writeUint(1, 5);
  anycast.writeUint(1, 1);
  anycast.writeUint(0, 8 + 256);
  expect(new BitReader(anycast.build()).loadAddress().toRawString()).toBe(`0:80${'0'.repeat(62)}`);
});
