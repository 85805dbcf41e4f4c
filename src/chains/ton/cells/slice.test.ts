import { Address, BitString, beginCell, Cell as CoreCell } from '@ton/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ownCell } from '../../../../test/support/cells.js';
import { Cell } from './cell.js';
import { type Slice, sliceOf } from './slice.js';

/** The same bits as a cell of ours, anywhere in some bytes, and as one of the library's. */
const placed = fc
  .record({
    bytes: fc.uint8Array({ minLength: 48, maxLength: 120 }),
    before: fc.nat({ max: 15 }),
    skip: fc.nat({ max: 40 }),
    length: fc.nat({ max: 257 }),
  })
  .map(({ bytes, before, skip, length }) => {
    const bits = bytes.length * 8 - before;
    return {
      own: new Cell(bytes, before, bits, []),
      core: new CoreCell({ bits: new BitString(Buffer.from(bytes), before, bits) }),
      skip,
      length,
    };
  });

test('integers, coins and bytes are read as @ton/core reads them, wherever they begin', () => {
  fc.assert(
    fc.property(placed, ({ own, core, skip, length }) => {
      const [slice, reference] = [sliceOf(own).skip(skip), core.beginParse().skip(skip)];
      const small = Math.min(length, 53);
      expect(slice.clone().loadUintBig(length)).toBe(reference.clone().loadUintBig(length));
      expect(slice.clone().loadIntBig(length)).toBe(reference.clone().loadIntBig(length));
      expect(slice.clone().loadUint(small)).toBe(reference.clone().loadUint(small));
      expect(slice.clone().preloadUint(small)).toBe(reference.clone().preloadUint(small));
      expect(slice.clone().loadInt(small)).toBe(reference.clone().loadInt(small));
      expect(slice.clone().loadBit()).toBe(reference.clone().loadBit());
      expect(slice.clone().loadCoins()).toBe(reference.clone().loadCoins());
      expect(slice.clone().loadVarUint(3)).toBe(reference.clone().loadVarUintBig(3));
      expect(slice.clone().loadBuffer(length >> 3)).toEqual(reference.clone().loadBuffer(length >> 3));
    }),
    { numRuns: 500 },
  );
});

test('what was read is behind the slice, and what is left of it makes a cell of its own', () => {
  fc.assert(
    fc.property(placed, ({ own, core, skip, length }) => {
      const [slice, reference] = [sliceOf(own).skip(skip), core.beginParse().skip(skip)];
      slice.loadUintBig(length);
      reference.loadUintBig(length);
      expect(slice.remainingBits).toBe(reference.remainingBits);
      expect(slice.restAsCell().hash()).toBe(reference.asCell().hash().toString('hex'));
      expect(slice.remainingBits).toBe(reference.remainingBits);
    }),
  );
});

test('references are read in order; what reaches beyond the end is a RangeError and moves nothing', () => {
  const [a, b] = [beginCell().storeUint(1, 8).endCell(), beginCell().storeUint(2, 8).endCell()];
  const slice = sliceOf(ownCell(beginCell().storeUint(0b10, 20).storeRef(a).storeRef(b).endCell()));
  expect([slice.remainingBits, slice.remainingRefs]).toEqual([20, 2]);
  expect(slice.loadRef().hash()).toBe(a.hash().toString('hex'));
  const reads: ((from: Slice) => unknown)[] = [
    (from) => from.loadUint(21),
    (from) => from.loadInt(21),
    (from) => from.preloadUint(21),
    (from) => from.loadUintBig(21),
    (from) => from.loadBuffer(3),
    (from) => from.skip(21),
    (from) => from.skip(-1),
    (from) => from.loadUint(54),
  ];
  for (const read of reads) expect(() => read(slice)).toThrow(RangeError);
  expect([slice.remainingBits, slice.remainingRefs]).toEqual([20, 1]);
  expect(() => slice.endParse()).toThrow('more than was expected');
  slice.skip(18);
  expect(slice.loadMaybeRef()?.hash()).toBe(b.hash().toString('hex'));
  expect(slice.loadMaybeRef()).toBeNull();
  slice.endParse();
  expect(() => slice.loadRef()).toThrow(RangeError);
  expect(() => slice.loadBit()).toThrow(RangeError);
});

const hash = fc.uint8Array({ minLength: 32, maxLength: 32 });

test('addresses are read as @ton/core writes them, wherever they begin', () => {
  fc.assert(
    fc.property(fc.nat({ max: 9 }), fc.integer({ min: -128, max: 127 }), hash, (before, workchain, bytes) => {
      const address = new Address(workchain, Buffer.from(bytes));
      const cell = ownCell(beginCell().storeUint(0, before).storeAddress(address).storeUint(5, 3).endCell());
      const slice = sliceOf(cell).skip(before);
      expect(slice.clone().loadMaybeAddress()).toBe(address.toRawString());
      expect(slice.loadAddress()).toBe(address.toRawString());
      expect(slice.loadUint(3)).toBe(5);
    }),
  );
  expect(sliceOf(ownCell(beginCell().storeAddress(null).endCell())).loadMaybeAddress()).toBeNull();
});

test('the prefix of an anycast address takes the place of the first bits of its hash, as in @ton/core', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 30 }), fc.nat(), hash, (depth, prefix, bytes) => {
      const builder = beginCell().storeUint(0b101, 3).storeUint(depth, 5);
      builder
        .storeUint(prefix % 2 ** depth, depth)
        .storeInt(-1, 8)
        .storeBuffer(Buffer.from(bytes));
      const cell = builder.endCell();
      expect(sliceOf(ownCell(cell)).loadAddress()).toBe(cell.beginParse().loadAddress().toRawString());
    }),
  );
});

test('what is no internal address, or cut off, is an error', () => {
  const whole = beginCell()
    .storeAddress(new Address(0, Buffer.alloc(32, 7)))
    .endCell();
  const cut = ownCell(beginCell().storeBits(whole.bits.substring(0, 263)).endCell());
  expect(() => sliceOf(cut).loadAddress()).toThrow(RangeError);
  for (const tag of [0b00, 0b01, 0b11]) {
    const cell = ownCell(beginCell().storeUint(tag, 2).storeUint(0, 300).endCell());
    expect(() => sliceOf(cell).loadAddress()).toThrow('no internal address');
  }
});

test('text goes on in references, as @ton/core writes it', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 400, unit: 'grapheme' }), (text) => {
      expect(sliceOf(ownCell(beginCell().storeStringTail(text).endCell())).loadStringTail()).toBe(text);
    }),
  );
  const odd = beginCell().storeUint(1, 7).endCell();
  expect(() => sliceOf(ownCell(odd)).loadStringTail()).toThrow('no text');
});

test('an exotic cell is not read as data', () => {
  const library = beginCell().storeUint(2, 8).storeUint(0, 256).endCell({ exotic: true });
  expect(() => sliceOf(ownCell(library))).toThrow('exotic');
});
