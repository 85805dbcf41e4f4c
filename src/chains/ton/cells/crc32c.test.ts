import { crc32c as slow } from '@ton/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { crc32c } from './crc32c.js';

test('is what the library computes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat({ max: 300 }), (bytes, length) => {
      const end = Math.min(length, bytes.length);
      expect(crc32c(bytes, end)).toBe(slow(Buffer.from(bytes.subarray(0, end))).readUInt32LE(0));
    }),
  );
  // RFC 3720, B.4.
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
});
