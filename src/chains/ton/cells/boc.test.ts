import { Address, beginCell, Cell, contractAddress, Dictionary, type Slice } from '@ton/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readCells, readCellText } from './boc.js';

/** A tree of cells whose bits have every length. */
const tree: fc.Arbitrary<Cell> = fc.letrec<{ cell: Cell }>((tie) => ({
  cell: fc
    .record({
      bits: fc.array(fc.boolean(), { maxLength: 300 }),
      refs: fc.oneof({ depthSize: 'small' }, fc.constant([]), fc.array(tie('cell'), { maxLength: 4 })),
    })
    .map(({ bits, refs }) => {
      const builder = beginCell();
      for (const bit of bits) builder.storeBit(bit);
      for (const ref of refs) builder.storeRef(ref);
      return builder.endCell();
    }),
})).cell;

function same(read: Cell, written: Cell): void {
  expect(read.bits.toString()).toBe(written.bits.toString());
  expect(read.refs.length).toBe(written.refs.length);
  for (const [index, ref] of read.refs.entries()) same(ref, written.refs[index] as Cell);
}

test('a bag of cells is read to what was written, with the hash, depth and bytes that the library gives it', () => {
  fc.assert(
    fc.property(tree, fc.boolean(), fc.boolean(), (cell, idx, crc32) => {
      const [read, ...others] = readCells(cell.toBoc({ idx, crc32 }));
      expect(others).toEqual([]);
      same(read as Cell, cell);
      expect(read?.hash()).toEqual(cell.hash());
      expect([read?.depth(), read?.level(), read?.mask.value]).toEqual([
        cell.depth(),
        cell.level(),
        cell.mask.value,
      ]);
      expect(read?.equals(cell)).toBe(true);
      expect(read?.toBoc()).toEqual(cell.toBoc());
    }),
  );
});

test('to the library it is a cell like its own: in builders, dictionaries, addresses and exotic cells', () => {
  const written = beginCell().storeUint(7, 16).storeRef(beginCell().storeUint(9, 9).endCell()).endCell();
  const read = readCellText(written.toBoc().toString('base64'));
  expect(read).toBeInstanceOf(Cell);
  expect(beginCell().storeRef(read).endCell().hash()).toEqual(beginCell().storeRef(written).endCell().hash());
  expect(beginCell().storeSlice(read.beginParse()).endCell().hash()).toEqual(written.hash());
  expect(read.asBuilder().endCell().hash()).toEqual(written.hash());
  expect(contractAddress(0, { code: read, data: read }).toString()).toBe(
    contractAddress(0, { code: written, data: written }).toString(),
  );
  const address = Address.parse(`0:${'ab'.repeat(32)}`);
  const value = { serialize: () => {}, parse: (slice: Slice) => slice.loadAddress().toRawString() };
  const dictionary = Dictionary.empty(Dictionary.Keys.Uint(8), Dictionary.Values.Address())
    .set(3, address)
    .set(250, address);
  const holder = readCellText(beginCell().storeDict(dictionary).endCell().toBoc().toString('base64'));
  expect([...holder.beginParse().loadDict(Dictionary.Keys.Uint(8), value)]).toEqual([
    [3, address.toRawString()],
    [250, address.toRawString()],
  ]);
  const pruned = new Cell({
    exotic: true,
    bits: beginCell().storeUint(1, 8).storeUint(1, 8).storeBuffer(written.hash()).storeUint(1, 16).endCell()
      .bits,
  });
  const proof = beginCell().storeRef(pruned).endCell();
  expect(readCells(proof.toBoc())[0]?.hash()).toEqual(proof.hash());
});

test('what is damaged is an error and never another cell', () => {
  const whole = beginCell()
    .storeUint(7, 16)
    .storeRef(beginCell().storeUint(9, 9).endCell())
    .endCell()
    .toBoc({ crc32: false });
  expect(() => readCells(Buffer.alloc(0))).toThrow();
  expect(() => readCells(Buffer.from('not a bag of cells at all'))).toThrow();
  for (let length = 0; length < whole.length; length += 1)
    expect(() => readCells(whole.subarray(0, length)), `${length}`).toThrow();
  const checked = beginCell().storeUint(7, 16).endCell().toBoc();
  checked[checked.length - 6] = (checked[checked.length - 6] ?? 0) ^ 1;
  expect(() => readCells(checked)).toThrow('CRC32C');
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 4, maxLength: 80 }), (noise) => {
      const bytes = Buffer.concat([Buffer.from('b5ee9c72', 'hex'), noise]);
      try {
        for (const cell of readCells(bytes)) cell.hash();
      } catch (error) {
        expect(error).toBeInstanceOf(Error);
      }
    }),
  );
});

test('a chain of cells deeper than the chain takes is refused before anybody follows it', () => {
  let cell = beginCell().endCell();
  for (let depth = 0; depth < 1_024; depth += 1) cell = beginCell().storeRef(cell).endCell();
  const [read] = readCells(cell.toBoc());
  // From however deep a stack it is asked.
  const asked = (below: number): Buffer | undefined => (below === 0 ? read?.hash() : asked(below - 1));
  expect(asked(3_000)).toEqual(cell.hash());
  expect(() => readCells(beginCell().storeRef(cell).endCell().toBoc())).toThrow('deeper than 1024');
});
