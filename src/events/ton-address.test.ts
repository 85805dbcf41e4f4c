import { Address } from '@ton/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { friendlyTonAddress, isRawTonAddress, parseTonAddress } from './ton-address.js';

const addresses = fc
  .tuple(fc.constantFrom(0, -1), fc.uint8Array({ minLength: 32, maxLength: 32 }))
  .map(([workchain, hash]) => new Address(workchain, Buffer.from(hash)));

test('every form is read as the raw one, and written as @ton/core writes it', () => {
  fc.assert(
    fc.property(
      addresses,
      fc.boolean(),
      fc.boolean(),
      fc.boolean(),
      (address, bounceable, testOnly, urlSafe) => {
        const raw = address.toRawString();
        expect(parseTonAddress(raw.toUpperCase())).toBe(raw);
        expect(parseTonAddress(address.toString({ bounceable, testOnly, urlSafe }))).toBe(raw);
        expect(friendlyTonAddress(raw, { bounceable, testOnly })).toBe(
          address.toString({ bounceable, testOnly }),
        );
      },
    ),
  );
});

test('what is no address is refused', () => {
  const friendly = new Address(0, Buffer.alloc(32, 7)).toString();
  const otherChain = new Address(5, Buffer.alloc(32, 7));
  for (const text of [
    '',
    friendly.slice(1),
    `${friendly.slice(0, -1)}~`,
    `B${friendly.slice(1)}`,
    '0:12',
    otherChain.toString(),
  ])
    expect(parseTonAddress(text), text).toBeNull();
  expect(() => friendlyTonAddress(friendly)).toThrow(RangeError);
  expect(isRawTonAddress(friendly)).toBe(false);
  expect(isRawTonAddress(`0:${'ab'.repeat(32)}`)).toBe(true);
});
