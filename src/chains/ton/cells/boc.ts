/**
 * Bags of cells (TON blockchain paper, 5.3.9; `serialized_boc` of boc.tlb), read without hashing: a cell's
 * hash is computed when somebody asks for it. Nothing that the bag says of itself is believed: counts,
 * offsets and references are held against its length.
 */
import { Cell } from './cell.js';
import { crc32c } from './crc32c.js';

/**
 * serialized_boc; and the two older forms, whose root is their first cell: serialized_boc_idx and
 * serialized_boc_idx_crc32c.
 */
const MAGIC = 0xb5ee9c72;
const MAGIC_INDEXED = 0x68ff65f3;
const MAGIC_INDEXED_CRC = 0xacc3a728;
/** References on the longest way down, of any cell that the chain takes. */
const DEEPEST = 1_024;

/** Every root. @throws Error when it is no bag of cells */
export function readCells(bytes: Uint8Array): Cell[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { size, offsetSize, indexed, checked, named } = readFlags(buffer);
  if (size < 1 || size > 4 || offsetSize < 1 || offsetSize > 6)
    throw new Error('a bag of cells with numbers of no known size');
  let at = 6;
  const next = (length: number): number => {
    const value = buffer.readUIntBE(at, length);
    at += length;
    return value;
  };
  const [count, rootCount] = [next(size), next(size)];
  // Absent cells, and the length of all of them.
  at += size + offsetSize;
  // An index, a root and a cell take bytes: no count is believed beyond what is there.
  if (count > buffer.length || rootCount > count)
    throw new Error('a bag of cells that counts more than it holds');
  const roots = Array.from({ length: rootCount }, () => (named ? next(size) : 0));
  if (indexed) at += count * offsetSize;
  const described: Described[] = [];
  for (let index = 0; index < count; index += 1) {
    const cell = describe(buffer, at, size);
    described.push(cell);
    at = cell.end;
  }
  if (checked && (buffer.length < at + 4 || crc32c(buffer, at) !== buffer.readUInt32LE(at)))
    throw new Error('a bag of cells whose CRC32C is wrong');
  const cells = build(buffer, described);
  return roots.map((index) => {
    const root = cells[index];
    if (root === undefined) throw new Error(`a bag of cells without its root ${index}`);
    return root;
  });
}

/**
 * The only root of a bag of cells in base64.
 * @throws Error when it is no bag of cells, or has another number of roots
 */
export function readCellText(base64: string): Cell {
  const [cell, second] = readCells(Buffer.from(base64, 'base64'));
  if (cell === undefined || second !== undefined) throw new Error('not exactly one root cell');
  return cell;
}

interface Flags {
  /** Bytes of a count and of a cell's number. */
  readonly size: number;
  readonly offsetSize: number;
  readonly indexed: boolean;
  readonly checked: boolean;
  /** The roots are named: else it is the first cell. */
  readonly named: boolean;
}

function readFlags(buffer: Buffer): Flags {
  if (buffer.length < 6) throw new Error('no bag of cells: it is too short');
  const [magic, flags, offsetSize] = [buffer.readUInt32BE(0), buffer.readUInt8(4), buffer.readUInt8(5)];
  if (magic === MAGIC) {
    const [indexed, checked] = [(flags & 0x80) !== 0, (flags & 0x40) !== 0];
    return { size: flags & 7, offsetSize, indexed, checked, named: true };
  }
  if (magic !== MAGIC_INDEXED && magic !== MAGIC_INDEXED_CRC)
    throw new Error(`no bag of cells: it begins with ${magic.toString(16)}`);
  return { size: flags, offsetSize, indexed: true, checked: magic === MAGIC_INDEXED_CRC, named: false };
}

/** A cell as it is written: its data begin at byte `data`; `refs` are the numbers of cells. */
interface Described {
  readonly data: number;
  readonly bits: number;
  readonly exotic: boolean;
  readonly refs: readonly number[];
  readonly end: number;
}

/** Two descriptor bytes, hashes when they are stored, data, numbers of its references. */
function describe(buffer: Buffer, start: number, size: number): Described {
  const [d1, d2] = [buffer.readUInt8(start), buffer.readUInt8(start + 1)];
  const refCount = d1 & 7;
  if (refCount > 4) throw new Error('a cell with more than four references');
  const data = start + 2 + (d1 & 16 ? storedHashes(d1 >> 5) : 0);
  const length = (d2 + 1) >> 1;
  const refsAt = data + length;
  const end = refsAt + refCount * size;
  if (end > buffer.length) throw new Error('a bag of cells that ends too early');
  const refs: number[] = [];
  for (let at = refsAt; at < end; at += size)
    refs.push(size === 1 ? (buffer[at] ?? 0) : buffer.readUIntBE(at, size));
  const bits = d2 & 1 ? paddedBits(buffer, data, length) : length * 8;
  return { data, bits, exotic: (d1 & 8) !== 0, refs, end };
}

/**
 * Bytes of the hashes (32) and depths (2) that a cell of this level mask may store: one, and one more for
 * each level.
 */
function storedHashes(mask: number): number {
  return (1 + (mask & 1) + ((mask >> 1) & 1) + ((mask >> 2) & 1)) * 34;
}

/** Bits before the last one that is set, which ends them. */
function paddedBits(buffer: Buffer, start: number, length: number): number {
  for (let index = length - 1; index >= 0; index -= 1) {
    const byte = buffer[start + index] ?? 0;
    if (byte !== 0) return index * 8 + 7 - (31 - Math.clz32(byte & -byte));
  }
  throw new Error('a cell whose data have no end');
}

/** References point to later cells only, so the last one is built first. */
function build(buffer: Buffer, described: readonly Described[]): (Cell | undefined)[] {
  const cells = new Array<Cell | undefined>(described.length);
  const depths = new Uint16Array(described.length);
  for (let index = described.length - 1; index >= 0; index -= 1) {
    const { data, bits, exotic, refs: numbers } = described[index] as Described;
    let depth = 0;
    const refs: Cell[] = [];
    for (const to of numbers) {
      const ref = to > index ? cells[to] : undefined;
      if (ref === undefined) throw new Error('a cell that refers to none after it');
      depth = Math.max(depth, (depths[to] ?? 0) + 1);
      refs.push(ref);
    }
    if (depth > DEEPEST) throw new Error(`a bag of cells deeper than ${DEEPEST}`);
    depths[index] = depth;
    cells[index] = new Cell(buffer, data * 8, bits, refs, exotic);
  }
  return cells;
}
