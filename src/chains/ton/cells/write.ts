/**
 * A bag of cells written without hashing: `@ton/core` hashes every cell, to write equal ones once. Here only the same object is
 * written once, so that a bag may hold a cell twice; nothing that reads one minds. The order is the library's: write.test.ts.
 */
import { BitReader, type BitString, type Cell } from '@ton/core';
import './bits.js';

const MAGIC = 0xb5ee9c72;

/** Without index and CRC. */
export function writeCells(root: Cell): Buffer {
  const cells = inOrder(root);
  const places = new Map(cells.map((cell, index) => [cell, index]));
  const size = bytesFor(cells.length);
  const total = cells.reduce(
    (sum, { bits, refs }) => sum + 2 + Math.ceil(bits.length / 8) + refs.length * size,
    0,
  );
  const offsetSize = bytesFor(total);
  const bag = Buffer.alloc(6 + 4 * size + offsetSize + total);
  let at = bag.writeUInt32BE(MAGIC);
  at = bag.writeUInt8(size, at);
  at = bag.writeUInt8(offsetSize, at);
  // Cells, roots, absent ones; the length of all; the only root is the first cell.
  for (const count of [cells.length, 1, 0]) at = bag.writeUIntBE(count, at, size);
  at = bag.writeUIntBE(total, at, offsetSize) + size;
  const levels = new Map<Cell, number>();
  for (const cell of cells.toReversed()) levels.set(cell, levelOf(cell, levels));
  for (const cell of cells) {
    const { bits, refs } = cell;
    at = bag.writeUInt8(refs.length + (cell.isExotic ? 8 : 0) + (levels.get(cell) ?? 0) * 32, at);
    at = bag.writeUInt8((bits.length >> 3) + Math.ceil(bits.length / 8), at);
    at = writeBits(bag, bits, at);
    for (const ref of refs) at = bag.writeUIntBE(places.get(ref) ?? 0, at, size);
  }
  return bag;
}

/** Those that a cell refers to after it. */
function inOrder(root: Cell): Cell[] {
  const seen = new Set<Cell>();
  const reversed: Cell[] = [];
  const visit = (cell: Cell): void => {
    if (seen.has(cell)) return;
    seen.add(cell);
    for (let index = cell.refs.length - 1; index >= 0; index -= 1) visit(cell.refs[index] as Cell);
    reversed.push(cell);
  };
  visit(root);
  return reversed.reverse();
}

/** Level mask: an exotic cell knows its own, any other has that of all that it refers to. */
function levelOf(cell: Cell, levels: ReadonlyMap<Cell, number>): number {
  return cell.isExotic ? cell.mask.value : cell.refs.reduce((mask, ref) => mask | (levels.get(ref) ?? 0), 0);
}

/** A last byte that is not full is ended by a one and zeros. @returns the place after it */
function writeBits(bag: Buffer, bits: BitString, at: number): number {
  const reader = new BitReader(bits);
  const whole = bits.length >> 3;
  bag.set(reader.loadBuffer(whole), at);
  const rest = bits.length & 7;
  return rest === 0
    ? at + whole
    : bag.writeUInt8(((reader.loadUint(rest) << 1) | 1) << (7 - rest), at + whole);
}

function bytesFor(value: number): number {
  return Math.ceil((32 - Math.clz32(value)) / 8);
}
