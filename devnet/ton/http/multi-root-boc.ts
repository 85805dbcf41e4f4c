/**
 * A bag of cells with several roots, which TonClient4 answers transactions in and `@ton/core` reads but does
 * not write.
 */
import { Cell } from '@ton/core';

const MAGIC = 0xb5ee9c72;

/** @param bocs one root each */
export function multiRootBoc(bocs: readonly Buffer[]): Buffer {
  const roots = bocs.flatMap((boc) => Cell.fromBoc(boc));
  const order: Cell[] = [];
  const seen = new Set<string>();
  const visit = (cell: Cell): void => {
    const key = cell.hash().toString('latin1');
    if (seen.has(key)) return;
    seen.add(key);
    for (const reference of cell.refs) visit(reference);
    order.push(cell);
  };
  for (const root of roots) visit(root);
  // A cell must stand before everything that it refers to.
  order.reverse();
  const indexes = new Map(order.map((cell, index) => [cell.hash().toString('latin1'), index]));
  const indexOf = (cell: Cell): number => indexes.get(cell.hash().toString('latin1')) ?? 0;
  const size = order.length < 0x100 ? 1 : order.length < 0x10000 ? 2 : 3;
  const index = (value: number, width: number): Buffer => {
    const bytes = Buffer.alloc(width);
    bytes.writeUIntBE(value, 0, width);
    return bytes;
  };
  const cells = order.map((cell) => {
    const bits = cell.bits.length;
    const data = Buffer.alloc(Math.ceil(bits / 8));
    for (let at = 0; at < bits; at++)
      if (cell.bits.at(at)) data[at >> 3] = (data[at >> 3] ?? 0) | (0x80 >> (at & 7));
    // An incomplete last byte ends with a one and zeros.
    if (bits % 8 !== 0) data[bits >> 3] = (data[bits >> 3] ?? 0) | (0x80 >> (bits & 7));
    const descriptors = Buffer.of(
      cell.refs.length + (cell.isExotic ? 8 : 0) + 32 * cell.mask.value,
      Math.floor(bits / 8) + Math.ceil(bits / 8),
    );
    return Buffer.concat([
      descriptors,
      data,
      ...cell.refs.map((reference) => index(indexOf(reference), size)),
    ]);
  });
  const body = Buffer.concat(cells);
  const head = Buffer.alloc(4);
  head.writeUInt32BE(MAGIC);
  return Buffer.concat([
    head,
    Buffer.of(size, 4),
    index(order.length, size),
    index(roots.length, size),
    index(0, size),
    index(body.length, 4),
    ...roots.map((root) => index(indexOf(root), size)),
    body,
  ]);
}
