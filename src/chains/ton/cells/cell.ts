/**
 * A cell (TON Virtual Machine, 1.1.3 and 3.1): up to 1,023 bits and four references. It is read-only, holds
 * its bits where they were read (in the bag of cells, at any bit), and is hashed when somebody asks: most
 * cells never are. A class, unlike the rest: a block has tens of thousands of cells, and closures for each
 * would cost more than reading them.
 */
import { hash as digest } from 'node:crypto';
import { bytesAt, copyPadded, numberAt } from './bits.js';
import { type ExoticKind, exoticKind, isMerkle, levelMaskOf, prunedHashes } from './exotic.js';

/** Hash and depth of a cell at one of its levels. */
interface Level {
  readonly hash: Uint8Array;
  readonly depth: number;
}

const MOST_BITS = 1_023;
const MOST_REFS = 4;

export class Cell {
  /** Holds the bits; what stands before and after them belongs to others. */
  readonly data: Uint8Array;
  /** Where in `data` the first bit stands, counted in bits. */
  readonly start: number;
  /** How many bits it holds. */
  readonly bits: number;
  readonly refs: readonly Cell[];
  readonly exotic: boolean;
  /**
   * The levels at which the cell has hashes of its own: bit n - 1 is level n. 0 for everything but parts of
   * Merkle proofs.
   */
  readonly mask: number;
  readonly #kind: ExoticKind | null;
  /** By level, lowest first; null until somebody asks for a hash. */
  #levels: readonly Level[] | null = null;

  /** @throws Error when it holds more than a cell may, or is an exotic cell of no known kind */
  constructor(data: Uint8Array, start: number, bits: number, refs: readonly Cell[], exotic = false) {
    if (bits > MOST_BITS || refs.length > MOST_REFS)
      throw new Error(`a cell of ${bits} bits and ${refs.length} references: it holds ${MOST_BITS} and 4`);
    this.data = data;
    this.start = start;
    this.bits = bits;
    this.refs = refs;
    this.exotic = exotic;
    let mask = 0;
    for (const ref of refs) mask |= ref.mask;
    this.#kind = exotic ? exoticKind(data, start, bits, refs.length) : null;
    this.mask = this.#kind === null ? mask : levelMaskOf(this.#kind, data, start, bits, mask);
    if (this.#kind !== null && isMerkle(this.#kind)) this.#proveChildren();
  }

  /** Lower-case hex of the representation hash. */
  hash(): string {
    const { hash } = this.#at(3);
    return Buffer.from(hash.buffer, hash.byteOffset, 32).toString('hex');
  }

  /** References on the longest way down. */
  depth(): number {
    return this.#at(3).depth;
  }

  /** The bit at this place. @throws RangeError when the cell has none there */
  bitAt(index: number): boolean {
    if (index < 0 || index >= this.bits) throw new RangeError(`bit ${index} of a cell of ${this.bits} bits`);
    const at = this.start + index;
    return ((this.data[at >> 3] ?? 0) & (0x80 >> (at & 7))) !== 0;
  }

  #at(level: number): Level {
    if (this.#levels === null) this.#hashAll();
    const levels = this.#levels ?? [];
    // A cell has one hash, and one more for each level that its mask names.
    const mask = this.mask & ((1 << level) - 1);
    return levels[(mask & 1) + ((mask >> 1) & 1) + ((mask >> 2) & 1)] as Level;
  }

  /**
   * What it refers to first, and not by recursion: a chain of a thousand cells may be deeper than the stack
   * that is left.
   */
  #hashAll(): void {
    const waiting: Cell[] = [this];
    for (let cell = waiting.at(-1); cell !== undefined; cell = waiting.at(-1)) {
      const before = waiting.length;
      for (const ref of cell.refs) if (ref.#levels === null) waiting.push(ref);
      if (waiting.length > before) continue;
      cell.#levels ??= cell.#hashLevels();
      waiting.pop();
    }
  }

  /** What it refers to is hashed. */
  #hashLevels(): Level[] {
    if (this.mask === 0) return [this.#hashLevel(0, null)];
    const highest = 32 - Math.clz32(this.mask);
    if (this.#kind === 'pruned')
      return [...prunedHashes(this.data, this.start, this.bits), this.#hashLevel(highest, null)];
    const levels = [this.#hashLevel(0, null)];
    for (let level = 1; level <= highest; level += 1)
      if (((this.mask >> (level - 1)) & 1) === 1)
        levels.push(this.#hashLevel(level, levels.at(-1)?.hash ?? null));
    return levels;
  }

  /**
   * @param lower the hash of the level below, which stands for the bits at a higher one; null at the lowest
   */
  #hashLevel(level: number, lower: Uint8Array | null): Level {
    const { refs, bits } = this;
    // A Merkle proof's child has one level more than the proof.
    const below = this.#kind !== null && isMerkle(this.#kind) ? level + 1 : level;
    const content = lower === null ? (bits + 7) >> 3 : 32;
    const bytes = Buffer.allocUnsafe(2 + content + refs.length * 34);
    bytes[0] = refs.length + (this.exotic ? 8 : 0) + 32 * (this.mask & ((1 << level) - 1));
    bytes[1] = (bits >> 3) + ((bits + 7) >> 3);
    let at = 2 + content;
    if (lower === null) copyPadded(this.data, this.start, bits, bytes, 2);
    else bytes.set(lower, 2);
    let depth = 0;
    for (const ref of refs) {
      const { depth: own } = ref.#at(below);
      if (own >= depth) depth = own + 1;
      bytes[at] = own >> 8;
      bytes[at + 1] = own;
      at += 2;
    }
    for (const ref of refs) {
      bytes.set(ref.#at(below).hash, at);
      at += 32;
    }
    return { hash: digest('sha256', bytes, 'buffer'), depth };
  }

  /**
   * A Merkle proof and update hold the hash and depth of what they refer to (TON Virtual Machine, 3.1.7).
   * @throws Error when wrong
   */
  #proveChildren(): void {
    const depths = this.start + 8 + 256 * this.refs.length;
    for (const [index, ref] of this.refs.entries()) {
      const { hash, depth } = ref.#at(0);
      if (
        numberAt(this.data, depths + 16 * index, 16) !== depth ||
        !bytesAt(this.data, this.start + 8 + 256 * index, 32).equals(hash)
      )
        throw new Error('a Merkle proof of another cell than it refers to');
    }
  }
}

/** No bits and no references. */
export const EMPTY_CELL = new Cell(new Uint8Array(0), 0, 0, []);
