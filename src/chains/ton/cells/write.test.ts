import { beginCell, Cell, convertToMerkleProof } from '@ton/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { coreTree, ownCell } from '../../../../test/support/cells.js';
import { readCells } from './boc.js';
import { createBuilder } from './builder.js';
import { writeCells } from './write.js';

/** No two cells are equal: each holds a number of its own. */
function numbered(shape: readonly number[]): Cell {
  let made = 0;
  const make = (depth: number): Cell => {
    made += 1;
    const builder = beginCell()
      .storeUint(made, 16)
      .storeUint(0, (made * 7) % 90);
    for (let index = 0; index < (depth > 3 ? 0 : (shape[depth] ?? 0)); index += 1)
      builder.storeRef(make(depth + 1));
    return builder.endCell();
  };
  return make(0);
}

test('the bytes are those of the library where no cell stands twice', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 4 }), { maxLength: 4 }), (shape) => {
      const cell = numbered(shape);
      expect(writeCells(ownCell(cell))).toEqual(cell.toBoc({ idx: false, crc32: false }));
      expect(writeCells(ownCell(cell), { checked: true })).toEqual(cell.toBoc({ idx: false, crc32: true }));
    }),
  );
});

test('a cell that stands at two places is written once when it is the same object, and read to the same either way', () => {
  const leaf = () => beginCell().storeUint(5, 8).endCell();
  const shared = leaf();
  const once = beginCell().storeRef(shared).storeRef(shared).endCell();
  const twice = beginCell().storeRef(leaf()).storeRef(leaf()).endCell();
  expect(writeCells(ownCell(once))).toEqual(once.toBoc({ idx: false, crc32: false }));
  const [one, other] = [ownCell(leaf()), ownCell(leaf())];
  const apart = writeCells(createBuilder().ref(one).ref(other).cell());
  expect(apart.length).toBeGreaterThan(writeCells(ownCell(twice)).length);
  expect(readCells(apart)[0]?.hash()).toBe(twice.hash().toString('hex'));
});

test('so is what holds exotic cells, with their levels', () => {
  const proof = convertToMerkleProof(numbered([2, 1]));
  const pruned = new Cell({
    exotic: true,
    bits: beginCell().storeUint(1, 8).storeUint(1, 8).storeUint(7n, 256).storeUint(3, 16).endCell().bits,
    refs: [],
  });
  for (const cell of [proof, beginCell().storeUint(1, 3).storeRef(pruned).endCell()])
    expect(writeCells(ownCell(cell))).toEqual(cell.toBoc({ idx: false, crc32: false }));
});

test('what was written is read to the same cells again', () => {
  fc.assert(
    fc.property(coreTree, fc.boolean(), (cell, checked) => {
      const [read] = readCells(writeCells(ownCell(cell), { checked }));
      expect([read?.hash(), read?.depth()]).toEqual([cell.hash().toString('hex'), cell.depth()]);
    }),
  );
});
