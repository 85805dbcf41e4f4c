/** Cells made by `@ton/core`, whose builder tests write with, as our own read them; and back. */
import { beginCell, Cell as CoreCell, convertToMerkleProof, type TupleItem } from '@ton/core';
import fc from 'fast-check';
import { readCells } from '../../src/chains/ton/cells/boc.js';
import type { Cell } from '../../src/chains/ton/cells/cell.js';
import type { StackItem } from '../../src/chains/ton/cells/stack.js';
import { writeCells } from '../../src/chains/ton/cells/write.js';

export function ownCell(cell: CoreCell): Cell {
  return readCells(cell.toBoc())[0] as Cell;
}

export function coreCell(cell: Cell): CoreCell {
  return CoreCell.fromBoc(writeCells(cell))[0] as CoreCell;
}

export function ownItem(item: TupleItem): StackItem {
  if (item.type === 'tuple') return { type: 'tuple', items: item.items.map(ownItem) };
  return 'cell' in item ? { type: item.type, cell: ownCell(item.cell) } : item;
}

export function coreItem(item: StackItem): TupleItem {
  if (item.type === 'tuple') return { type: 'tuple', items: item.items.map(coreItem) };
  return 'cell' in item ? { type: item.type, cell: coreCell(item.cell) } : item;
}

function cellOf(bits: readonly boolean[], refs: readonly CoreCell[]): CoreCell {
  const builder = beginCell();
  for (const bit of bits) builder.storeBit(bit);
  for (const ref of refs) builder.storeRef(ref);
  return builder.endCell();
}

/** What stands for a cell that was left out of a proof, with hashes at one to three levels. */
const pruned = fc
  .tuple(fc.constantFrom(1, 3, 7), fc.uint8Array({ minLength: 96, maxLength: 96 }), fc.nat({ max: 60 }))
  .map(([mask, hashes, depth]) => {
    const count = 32 - Math.clz32(mask);
    const builder = beginCell().storeUint(1, 8).storeUint(mask, 8);
    builder.storeBuffer(Buffer.from(hashes.subarray(0, 32 * count)));
    for (let level = 0; level < count; level += 1) builder.storeUint(depth + level, 16);
    return builder.endCell({ exotic: true });
  });

const library = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .map((hash) => beginCell().storeUint(2, 8).storeBuffer(Buffer.from(hash)).endCell({ exotic: true }));

function merkleUpdate([from, to]: readonly [CoreCell, CoreCell]): CoreCell {
  const builder = beginCell().storeUint(4, 8).storeBuffer(from.hash(0)).storeBuffer(to.hash(0));
  builder.storeUint(from.depth(0), 16).storeUint(to.depth(0), 16);
  return builder.storeRef(from).storeRef(to).endCell({ exotic: true });
}

/** Cells whose bits have every length, among them library cells, pruned branches and Merkle proofs. */
export const coreTree: fc.Arbitrary<CoreCell> = fc.letrec<{ cell: CoreCell; ordinary: CoreCell }>((tie) => ({
  ordinary: fc
    .record({
      bits: fc.array(fc.boolean(), { maxLength: 300 }),
      refs: fc.oneof({ depthSize: 'small' }, fc.constant([]), fc.array(tie('cell'), { maxLength: 4 })),
    })
    .map(({ bits, refs }) => cellOf(bits, refs)),
  cell: fc.oneof(
    { depthSize: 'small' },
    { weight: 8, arbitrary: tie('ordinary') },
    { weight: 1, arbitrary: pruned },
    { weight: 1, arbitrary: library },
    { weight: 1, arbitrary: tie('ordinary').map(convertToMerkleProof) },
    { weight: 1, arbitrary: fc.tuple(tie('ordinary'), tie('ordinary')).map(merkleUpdate) },
  ),
})).cell;
