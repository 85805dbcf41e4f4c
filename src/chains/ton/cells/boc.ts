/**
 * Bags of cells (TON blockchain paper, 5.3.9; `serialized_boc#b5ee9c72` of boc.tlb), read without hashing: `@ton/core` hashes every cell
 * that it reads, and hardly any hash is asked for. A cell's is computed when it is.
 */
import { BitReader, BitString, Cell, CellType, Slice } from '@ton/core';
import './bits.js';
import { crc32c } from './crc32c.js';
import './native-hash.js';

const MAGIC = 0xb5ee9c72;
/** Of any cell that the chain takes. */
const DEEPEST = 1_024;

/** An ordinary cell that is hashed on demand; to everybody else a `Cell`. */
class UnhashedCell {
  readonly type = CellType.Ordinary;
  readonly isExotic = false;
  #whole: Cell | undefined;

  constructor(
    readonly bits: BitString,
    readonly refs: Cell[],
  ) {}

  get whole(): Cell {
    this.#whole ??= this.#build();
    return this.#whole;
  }

  /** Those that it refers to first, and not by recursion: a chain of a thousand cells is deeper than the stack. */
  #build(): Cell {
    const toBuild: UnhashedCell[] = [this];
    for (let cell = toBuild.at(-1); cell; cell = toBuild.at(-1)) {
      const unbuilt = cell.refs.filter(
        (ref): ref is Cell & UnhashedCell => #whole in ref && ref.#whole === undefined,
      );
      if (unbuilt.length > 0) toBuild.push(...unbuilt);
      else {
        cell.#whole ??= new Cell({ bits: cell.bits, refs: cell.refs });
        toBuild.pop();
      }
    }
    return this.#whole as Cell;
  }

  get mask(): Cell['mask'] {
    return this.whole.mask;
  }

  beginParse(): Slice {
    return new Slice(new BitReader(this.bits), this.refs);
  }

  hash(level?: number): Buffer {
    return this.whole.hash(level);
  }

  depth(level?: number): number {
    return this.whole.depth(level);
  }

  level(): number {
    return this.whole.level();
  }

  equals(other: Cell): boolean {
    return this.whole.equals(other);
  }
}
// So that it is an instance of it, and has what else a cell can do, without its constructor.
Object.setPrototypeOf(UnhashedCell.prototype, Cell.prototype);

/** An ordinary cell that nobody has hashed yet. */
export function unhashedCell(bits: BitString, refs: Cell[]): Cell {
  return new UnhashedCell(bits, refs) as unknown as Cell;
}

/** Every root. @throws Error when it is no bag of cells */
export function readCells(bytes: Uint8Array): Cell[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // Older forms have their own magic: nobody writes them any more.
  if (buffer.length < 6 || buffer.readUInt32BE(0) !== MAGIC) return Cell.fromBoc(buffer);
  return readBag(buffer);
}

/** The only root of a bag of cells in base64. @throws Error when it is none, or has another number of roots */
export function readCellText(base64: string): Cell {
  const [cell, second] = readCells(Buffer.from(base64, 'base64'));
  if (cell === undefined || second !== undefined) throw new Error('not exactly one root cell');
  return cell;
}

interface Described {
  readonly bits: BitString;
  readonly exotic: boolean;
  readonly refs: readonly number[];
}

function readBag(buffer: Buffer): Cell[] {
  const flags = buffer.readUInt8(4);
  const size = flags & 7;
  const offsetSize = buffer.readUInt8(5);
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
  const roots = Array.from({ length: rootCount }, () => next(size));
  if (flags & 0x80) at += count * offsetSize;
  const described: Described[] = [];
  for (let index = 0; index < count; index += 1) {
    const { cell, end } = describe(buffer, at, size);
    described.push(cell);
    at = end;
  }
  if (flags & 0x40 && (buffer.length < at + 4 || crc32c(buffer, at) !== buffer.readUInt32LE(at)))
    throw new Error('a bag of cells whose CRC32C is wrong');
  const cells = build(described);
  return roots.map((index) => {
    const root = cells[index];
    if (root === undefined) throw new Error(`a bag of cells without its root ${index}`);
    return root;
  });
}

/** A cell as it is written: two descriptor bytes, hashes when they are stored, data, indexes of its references. */
function describe(
  buffer: Buffer,
  start: number,
  size: number,
): { readonly cell: Described; readonly end: number } {
  const [d1, d2] = [buffer.readUInt8(start), buffer.readUInt8(start + 1)];
  const refCount = d1 & 7;
  if (refCount > 4) throw new Error('a cell with more than four references');
  const data = start + 2 + (d1 & 16 ? storedHashes(d1 >> 5) : 0);
  const length = (d2 + 1) >> 1;
  const refsAt = data + length;
  const end = refsAt + refCount * size;
  if (end > buffer.length) throw new Error('a bag of cells that ends too early');
  const refs: number[] = [];
  for (let at = refsAt; at < end; at += size) refs.push(buffer.readUIntBE(at, size));
  const bits = d2 & 1 ? paddedBits(buffer, data, length) : length * 8;
  return { cell: { bits: new BitString(buffer, data * 8, bits), exotic: (d1 & 8) !== 0, refs }, end };
}

/** Bytes of the hashes (32) and depths (2) that a cell of this level mask may store: one, and one more for each level. */
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
function build(described: readonly Described[]): (Cell | undefined)[] {
  const cells = new Array<Cell | undefined>(described.length);
  const depths = new Uint16Array(described.length);
  for (let index = described.length - 1; index >= 0; index -= 1) {
    const { bits, exotic, refs: indexes } = described[index] as Described;
    let depth = 0;
    const refs = indexes.map((to) => {
      const ref = to > index ? cells[to] : undefined;
      if (ref === undefined) throw new Error('a cell that refers to none after it');
      depth = Math.max(depth, (depths[to] ?? 0) + 1);
      return ref;
    });
    if (depth > DEEPEST) throw new Error(`a bag of cells deeper than ${DEEPEST}`);
    depths[index] = depth;
    cells[index] = exotic ? new Cell({ exotic: true, bits, refs }) : unhashedCell(bits, refs);
  }
  return cells;
}
