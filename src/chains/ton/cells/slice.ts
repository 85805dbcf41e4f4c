/**
 * Reading a cell from its first bit and reference on, as TL-B describes it. What reaches beyond the end is a
 * RangeError. A class, as `Cell` is: one is made for each cell that is read.
 */
import { bigintAt, bytesAt, NUMBER_BITS, numberAt } from './bits.js';
import { Cell } from './cell.js';

export class Slice {
  readonly #data: Uint8Array;
  /** Next bit, and the first one behind the cell. */
  #at: number;
  readonly #end: number;
  readonly #refs: readonly Cell[];
  #ref: number;

  constructor(data: Uint8Array, at: number, end: number, refs: readonly Cell[], ref: number) {
    this.#data = data;
    this.#at = at;
    this.#end = end;
    this.#refs = refs;
    this.#ref = ref;
  }

  get remainingBits(): number {
    return this.#end - this.#at;
  }

  get remainingRefs(): number {
    return this.#refs.length - this.#ref;
  }

  /** The same place, to be read from apart. */
  clone(): Slice {
    return new Slice(this.#data, this.#at, this.#end, this.#refs, this.#ref);
  }

  skip(bits: number): this {
    this.#take(bits);
    return this;
  }

  loadBit(): boolean {
    const at = this.#take(1);
    return ((this.#data[at >> 3] ?? 0) & (0x80 >> (at & 7))) !== 0;
  }

  /** An unsigned integer of at most 53 bits. */
  loadUint(bits: number): number {
    const value = this.preloadUint(bits);
    this.#at += bits;
    return value;
  }

  /** As `loadUint`, but stays at the same place. */
  preloadUint(bits: number): number {
    this.#check(bits);
    if (bits <= NUMBER_BITS) return numberAt(this.#data, this.#at, bits);
    if (bits > 53) throw new RangeError(`${bits} bits are no number`);
    return Number(bigintAt(this.#data, this.#at, bits));
  }

  /** A signed integer of at most 53 bits. */
  loadInt(bits: number): number {
    const value = this.loadUint(bits);
    return bits > 0 && value >= 2 ** (bits - 1) ? value - 2 ** bits : value;
  }

  loadUintBig(bits: number): bigint {
    return bigintAt(this.#data, this.#take(bits), bits);
  }

  loadIntBig(bits: number): bigint {
    return BigInt.asIntN(bits, this.loadUintBig(bits));
  }

  /** VarUInteger n of block.tlb: the length in bytes, which takes `lengthBits` bits, and the integer. */
  loadVarUint(lengthBits: number): bigint {
    return this.loadUintBig(this.loadUint(lengthBits) * 8);
  }

  /** Grams, or jettons: VarUInteger 16. */
  loadCoins(): bigint {
    return this.loadVarUint(4);
  }

  loadBuffer(bytes: number): Buffer {
    return bytesAt(this.#data, this.#take(bytes * 8), bytes);
  }

  loadRef(): Cell {
    const cell = this.#refs[this.#ref];
    if (cell === undefined) throw new RangeError(`a cell without reference ${this.#ref}`);
    this.#ref += 1;
    return cell;
  }

  loadMaybeRef(): Cell | null {
    return this.loadBit() ? this.loadRef() : null;
  }

  /** MsgAddressInt as raw text. @throws Error when it is none, or an addr_var, which no network takes */
  loadAddress(): string {
    if (this.preloadUint(2) !== 0b10) throw new Error('no internal address');
    this.#at += 2;
    const prefix = this.loadBit() ? this.#loadPrefix() : null;
    const workchain = this.loadInt(8);
    const at = this.#take(256);
    const hash = bytesAt(this.#data, at, 32);
    const text = prefix === null ? hash.toString('hex') : rewritten(hash, prefix);
    return `${workchain}:${text}`;
  }

  /** null: addr_none. @throws Error when it is an external address */
  loadMaybeAddress(): string | null {
    if (this.preloadUint(2) !== 0b00) return this.loadAddress();
    this.#at += 2;
    return null;
  }

  /**
   * Text that begins here and goes on in the first reference, whose goes on in its own (a snake of cells).
   * @throws Error when it is none
   */
  loadStringTail(): string {
    const parts: Buffer[] = [];
    for (let slice: Slice | null = this; slice !== null; ) {
      if (slice.remainingBits % 8 !== 0 || slice.remainingRefs > 1) throw new Error('no text');
      parts.push(slice.loadBuffer(slice.remainingBits / 8));
      slice = slice.remainingRefs === 0 ? null : sliceOf(slice.loadRef());
    }
    return Buffer.concat(parts).toString();
  }

  /** All that is left, as a cell of its own. The slice stays at the same place. */
  restAsCell(): Cell {
    const refs = this.#ref === 0 ? this.#refs : this.#refs.slice(this.#ref);
    return new Cell(this.#data, this.#at, this.#end - this.#at, refs);
  }

  /** @throws Error when something is left */
  endParse(): void {
    if (this.remainingBits > 0 || this.remainingRefs > 0) throw new Error('more than was expected');
  }

  /** anycast_info$_ depth:(#<= 30) { depth >= 1 } rewrite_pfx:(bits depth) */
  #loadPrefix(): { readonly bits: number; readonly value: bigint } {
    const bits = this.loadUint(5);
    return { bits, value: this.loadUintBig(bits) };
  }

  /** @returns where the bits begin */
  #take(bits: number): number {
    this.#check(bits);
    const at = this.#at;
    this.#at = at + bits;
    return at;
  }

  #check(bits: number): void {
    if (bits < 0 || bits > this.#end - this.#at)
      throw new RangeError(`${this.#end - this.#at} bits are left, ${bits} were expected`);
  }
}

/**
 * A slice from the cell's beginning on.
 * @throws Error when the cell is exotic: its data are about other cells
 */
export function sliceOf(cell: Cell): Slice {
  if (cell.exotic) throw new Error('an exotic cell, which holds no data of its own');
  return new Slice(cell.data, cell.start, cell.start + cell.bits, cell.refs, 0);
}

/** The first bits of the hash are those of the prefix. */
function rewritten(hash: Uint8Array, { bits, value }: { readonly bits: number; readonly value: bigint }) {
  const rest = BigInt(256 - bits);
  return ((value << rest) | BigInt.asUintN(256 - bits, bigintAt(hash, 0, 256)))
    .toString(16)
    .padStart(64, '0');
}
