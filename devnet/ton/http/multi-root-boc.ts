/**
 * A bag of cells with several roots, which TonClient4 answers transactions in and `@ton/core` reads but does
 * not write.
 */
const MAGIC = 0xb5ee9c72;
/** Bits of the flags byte: an index stands before the cells, a checksum after them. */
const INDEXED = 0x80;
const SIZE = 0x07;

/** A cell as it stands in its bag: descriptors and data, and the cells of the bag that it refers to. */
interface Record {
  readonly bytes: Buffer;
  readonly references: readonly number[];
}

/**
 * Puts bags together cell by cell, nothing decoded or hashed: references count on from the bag before.
 * @param bocs as `@ton/core` writes them: one root each, their first cell; no cell carries its hashes
 */
export function multiRootBoc(bocs: readonly Buffer[]): Buffer {
  const bags = bocs.map(records);
  const count = bags.reduce((sum, bag) => sum + bag.length, 0);
  const size = count < 0x100 ? 1 : count < 0x10000 ? 2 : 3;
  const index = (value: number, width = size): Buffer => {
    const bytes = Buffer.alloc(width);
    bytes.writeUIntBE(value, 0, width);
    return bytes;
  };
  const cells: Buffer[] = [];
  const roots: Buffer[] = [];
  for (const bag of bags) {
    const before = cells.length;
    roots.push(index(before));
    for (const { bytes, references } of bag)
      cells.push(Buffer.concat([bytes, ...references.map((reference) => index(before + reference))]));
  }
  const body = Buffer.concat(cells);
  return Buffer.concat([
    index(MAGIC, 4),
    Buffer.of(size, 4),
    index(count),
    index(roots.length),
    index(0),
    index(body.length, 4),
    ...roots,
    body,
  ]);
}

function records(boc: Buffer): Record[] {
  const flags = boc.readUInt8(4);
  const size = flags & SIZE;
  const offsetSize = boc.readUInt8(5);
  const count = boc.readUIntBE(6, size);
  // Counts of cells, roots and absent cells, the length of all cells, the root.
  let at = 6 + 3 * size + offsetSize + size + (flags & INDEXED ? count * offsetSize : 0);
  return Array.from({ length: count }, () => {
    const references = boc.readUInt8(at) & 0x07;
    const end = at + 2 + Math.ceil(boc.readUInt8(at + 1) / 2);
    const bytes = boc.subarray(at, end);
    at = end + references * size;
    return {
      bytes,
      references: Array.from({ length: references }, (_, nth) => boc.readUIntBE(end + nth * size, size)),
    };
  });
}
