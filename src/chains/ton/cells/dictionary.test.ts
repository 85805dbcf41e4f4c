import { beginCell, Dictionary } from '@ton/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ownCell } from '../../../../test/support/cells.js';
import { createBuilder } from './builder.js';
import type { Cell } from './cell.js';
import { loadDictionary } from './dictionary.js';
import { type Slice, sliceOf } from './slice.js';

const sized = fc
  .constantFrom(1, 8, 15, 64, 256)
  .chain((bits) =>
    fc.tuple(
      fc.constant(bits),
      fc.uniqueArray(fc.bigInt({ min: 0n, max: 2n ** BigInt(bits) - 1n }), { maxLength: 40 }),
    ),
  );

const value = (slice: Slice) => slice.loadUint(16);

test('a dictionary is read to what @ton/core wrote, in the order of its keys', () => {
  fc.assert(
    fc.property(sized, ([bits, keys]) => {
      const dictionary = Dictionary.empty(Dictionary.Keys.BigUint(bits), Dictionary.Values.Uint(16));
      for (const [at, key] of keys.entries()) dictionary.set(key, at);
      const cell = ownCell(beginCell().storeUint(1, 3).storeDict(dictionary).storeUint(6, 3).endCell());
      const slice = sliceOf(cell).skip(3);
      const expected = [...dictionary].sort(([a], [b]) => (a < b ? -1 : 1));
      expect(loadDictionary(slice, bits, value)).toEqual(expected);
      expect(slice.loadUint(3)).toBe(6);
    }),
  );
});

test('what is no dictionary is an error', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (noise) => {
      const root = createBuilder().bytes(noise).cell();
      const read = () => loadDictionary(sliceOf(createBuilder().maybeRef(root).cell()), 8, value);
      // A key that takes all of its bits from a label may be one; nothing else has the references of a fork.
      try {
        expect(read().length).toBe(1);
      } catch (error) {
        expect(error).toBeInstanceOf(Error);
      }
    }),
  );
  const longer = createBuilder().int(0b10, 2).int(9, 4).int(0, 9).int(7, 16).cell();
  expect(() => loadDictionary(sliceOf(createBuilder().maybeRef(longer).cell()), 8, value)).toThrow(
    'a label of 9 bits',
  );
});

test('a few cells that make an endless tree are refused', () => {
  // Each fork has no label of its own, and refers to the next one twice.
  let node: Cell = createBuilder().int(0b00, 2).int(7, 16).cell();
  for (let depth = 0; depth < 64; depth += 1) node = createBuilder().int(0b00, 2).ref(node).ref(node).cell();
  const slice = sliceOf(createBuilder().maybeRef(node).cell());
  expect(() => loadDictionary(slice, 64, value)).toThrow('more than 4096 entries');
});
