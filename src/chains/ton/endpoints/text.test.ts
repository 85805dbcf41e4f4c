import { Address } from '@ton/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { friendly } from './text.js';

test('an address is spelt as the library spells it', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(0, -1, 5),
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
      (workchain, bytes) => {
        const address = new Address(workchain, Buffer.from(bytes));
        expect(friendly(address.toRawString())).toBe(address.toString());
      },
    ),
  );
  expect(() => friendly('0:12')).toThrow('no raw address');
});
