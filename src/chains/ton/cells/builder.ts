/** Making a cell: what a get-method is given, and what is only made to be hashed. */
import { Cell } from './cell.js';

export interface Builder {
  /** A non-negative integer of this many bits; a negative one in two's complement. */
  int(value: number | bigint, bits: number): Builder;
  bit(value: boolean): Builder;
  /** Whole bytes. */
  bytes(value: Uint8Array): Builder;
  /** addr_std of a raw address; null: addr_none. */
  address(raw: string | null): Builder;
  ref(cell: Cell): Builder;
  /** A bit, and the reference when there is one. */
  maybeRef(cell: Cell | null): Builder;
  /** @throws Error when more was put into it than a cell holds */
  cell(): Cell;
}

/** Bits are kept as text of zeros and ones: only a few hundred are written, now and then. */
export function createBuilder(): Builder {
  let bits = '';
  const refs: Cell[] = [];
  const builder: Builder = {
    int(value, length) {
      if (length > 0) bits += BigInt.asUintN(length, BigInt(value)).toString(2).padStart(length, '0');
      return builder;
    },
    bit: (value) => builder.int(value ? 1 : 0, 1),
    bytes(value) {
      for (const byte of value) builder.int(byte, 8);
      return builder;
    },
    address(raw) {
      if (raw === null) return builder.int(0b00, 2);
      const [workchain = '', hash = ''] = raw.split(':');
      return builder
        .int(0b100, 3)
        .int(Number(workchain), 8)
        .int(BigInt(`0x${hash}`), 256);
    },
    ref(cell) {
      refs.push(cell);
      return builder;
    },
    maybeRef(cell) {
      builder.bit(cell !== null);
      return cell === null ? builder : builder.ref(cell);
    },
    cell() {
      const data = new Uint8Array((bits.length + 7) >> 3);
      for (let at = 0; at < data.length; at += 1)
        data[at] = Number.parseInt(bits.slice(at * 8, at * 8 + 8).padEnd(8, '0'), 2);
      return new Cell(data, 0, bits.length, refs);
    },
  };
  return builder;
}
