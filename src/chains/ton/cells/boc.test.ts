import { Address, beginCell, Cell as CoreCell } from '@ton/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { coreTree } from '../../../../test/support/cells.js';
import { readCells, readCellText } from './boc.js';
import type { Cell } from './cell.js';

function same(read: Cell, written: CoreCell): void {
  expect([read.bits, read.exotic, read.mask]).toEqual([
    written.bits.length,
    written.isExotic,
    written.mask.value,
  ]);
  for (let at = 0; at < read.bits; at += 1) expect(read.bitAt(at)).toBe(written.bits.at(at));
  expect([read.hash(), read.depth()]).toEqual([written.hash().toString('hex'), written.depth()]);
  expect(read.refs.length).toBe(written.refs.length);
  for (const [index, ref] of read.refs.entries()) same(ref, written.refs[index] as CoreCell);
}

test('a bag of cells is read to what was written: bits, references, hashes, depths and levels of every cell', () => {
  fc.assert(
    fc.property(coreTree, fc.boolean(), fc.boolean(), (cell, idx, crc32) => {
      const [read, ...others] = readCells(cell.toBoc({ idx, crc32 }));
      expect(others).toEqual([]);
      same(read as Cell, cell);
    }),
  );
});

test('the older forms are read, whose first cell is the root', () => {
  const cell = beginCell().storeUint(7, 16).storeRef(beginCell().storeUint(9, 9).endCell()).endCell();
  const bag = cell.toBoc({ idx: true, crc32: false });
  const [size, offsetSize] = [(bag[4] ?? 0) & 7, bag[5] ?? 0];
  const head = 6 + size * 3 + offsetSize;
  // Without the list of roots.
  const old = Buffer.concat([bag.subarray(0, head), bag.subarray(head + size)]);
  old.writeUInt32BE(0x68ff65f3, 0);
  old[4] = size;
  expect(readCells(old)[0]?.hash()).toBe(CoreCell.fromBoc(old)[0]?.hash().toString('hex'));
  expect(readCells(old)[0]?.hash()).toBe(cell.hash().toString('hex'));
});

test('text holds exactly one root', () => {
  const cell = beginCell()
    .storeAddress(new Address(0, Buffer.alloc(32, 7)))
    .endCell();
  expect(readCellText(cell.toBoc().toString('base64')).hash()).toBe(cell.hash().toString('hex'));
  const none = cell.toBoc({ idx: false, crc32: false });
  // No roots: their number, and the one that is named.
  none[7] = 0;
  const withoutRoot = Buffer.concat([none.subarray(0, 10), none.subarray(11)]);
  expect(() => readCellText(withoutRoot.toString('base64'))).toThrow('not exactly one root');
});

test('what is damaged is an error and never another cell', () => {
  const whole = beginCell()
    .storeUint(7, 16)
    .storeRef(beginCell().storeUint(9, 9).endCell())
    .endCell()
    .toBoc({ crc32: false });
  expect(() => readCells(Buffer.alloc(0))).toThrow('too short');
  expect(() => readCells(Buffer.from('not a bag of cells at all'))).toThrow('no bag of cells');
  for (let length = 0; length < whole.length; length += 1)
    expect(() => readCells(whole.subarray(0, length)), `${length}`).toThrow();
  const checked = beginCell().storeUint(7, 16).endCell().toBoc();
  checked[checked.length - 6] = (checked[checked.length - 6] ?? 0) ^ 1;
  expect(() => readCells(checked)).toThrow('CRC32C');
});

test('bytes of noise are an error, or cells that can be hashed', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('b5ee9c72', '68ff65f3', 'acc3a728'),
      fc.uint8Array({ minLength: 4, maxLength: 80 }),
      (magic, noise) => {
        const bytes = Buffer.concat([Buffer.from(magic, 'hex'), noise]);
        let cells: Cell[] = [];
        try {
          cells = readCells(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
        }
        for (const cell of cells) expect(cell.hash()).toMatch(/^[0-9a-f]{64}$/);
      },
    ),
    { numRuns: 2_000 },
  );
});

test('a bag that counts more cells than it has bytes is refused before room is made for them', () => {
  const bag = Buffer.alloc(60);
  bag.writeUInt32BE(0xb5ee9c72, 0);
  bag.set([4, 4, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], 4);
  expect(() => readCells(bag)).toThrow('counts more than it holds');
});

test('a chain of cells deeper than the chain takes is refused before anybody follows it', () => {
  let cell = beginCell().endCell();
  for (let depth = 0; depth < 1_024; depth += 1) cell = beginCell().storeRef(cell).endCell();
  const [read] = readCells(cell.toBoc());
  // From however deep a stack it is asked.
  const asked = (below: number): string | undefined => (below === 0 ? read?.hash() : asked(below - 1));
  expect(asked(3_000)).toBe(cell.hash().toString('hex'));
  expect(() => readCells(beginCell().storeRef(cell).endCell().toBoc())).toThrow('deeper than 1024');
});
