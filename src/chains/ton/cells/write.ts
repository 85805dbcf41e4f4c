/**
 * A bag of cells written without hashing: only the same object is written once, so that a bag may hold equal
 * cells twice; nothing that reads one minds. The order of the cells is that of `@ton/core`.
 */
import { copyPadded } from './bits.js';
import type { Cell } from './cell.js';
import { crc32c } from './crc32c.js';

const MAGIC = 0xb5ee9c72;
const HAS_CRC = 0x40;

/** The bytes of a bag of cells with this root. @param checked with a CRC32C at its end, for what is kept */
export function writeCells(root: Cell, { checked = false } = {}): Buffer {
  const cells = inOrder(root);
  const places = new Map(cells.map((cell, index) => [cell, index]));
  const size = bytesFor(cells.length);
  const total = cells.reduce((sum, { bits, refs }) => sum + 2 + ((bits + 7) >> 3) + refs.length * size, 0);
  const offsetSize = bytesFor(total);
  const end = 6 + 4 * size + offsetSize + total;
  const bag = Buffer.alloc(end + (checked ? 4 : 0));
  let at = bag.writeUInt32BE(MAGIC);
  at = bag.writeUInt8(size | (checked ? HAS_CRC : 0), at);
  at = bag.writeUInt8(offsetSize, at);
  // Cells, roots, absent ones; the length of all; the only root is the first cell.
  for (const count of [cells.length, 1, 0]) at = bag.writeUIntBE(count, at, size);
  at = bag.writeUIntBE(total, at, offsetSize) + size;
  for (const { data, start, bits, refs, exotic, mask } of cells) {
    at = bag.writeUInt8(refs.length + (exotic ? 8 : 0) + mask * 32, at);
    at = bag.writeUInt8((bits >> 3) + ((bits + 7) >> 3), at);
    at = copyPadded(data, start, bits, bag, at);
    for (const ref of refs) at = bag.writeUIntBE(places.get(ref) ?? 0, at, size);
  }
  if (checked) bag.writeUInt32LE(crc32c(bag, end), end);
  return bag;
}

/**
 * Those that a cell refers to after it: each is listed once all that it refers to are, then all is turned
 * round.
 */
function inOrder(root: Cell): Cell[] {
  const seen = new Set<Cell>([root]);
  const reversed: Cell[] = [];
  // Not by recursion: a chain of a thousand cells may be deeper than the stack that is left. `left`
  // references are still to visit.
  const open = [{ cell: root, left: root.refs.length }];
  for (let last = open.at(-1); last !== undefined; last = open.at(-1)) {
    if (last.left === 0) {
      reversed.push(last.cell);
      open.pop();
      continue;
    }
    last.left -= 1;
    const ref = last.cell.refs[last.left];
    if (ref === undefined || seen.has(ref)) continue;
    seen.add(ref);
    open.push({ cell: ref, left: ref.refs.length });
  }
  return reversed.reverse();
}

function bytesFor(value: number): number {
  return Math.ceil((32 - Math.clz32(value)) / 8);
}
