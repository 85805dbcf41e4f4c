/**
 * Reads little-endian instruction and event data. Reading past the end throws RangeError; decoders turn that
 * into a decode problem.
 */
import { encodeBase58 } from '../../events/base58.js';

export interface ByteReader {
  /** Bytes that are not read yet. */
  readonly left: number;
  u8(): number;
  u16(): number;
  u32(): number;
  /** Unsigned or two's complement integer of `length` bytes. */
  integer(length: number, signed: boolean): bigint;
  bytes(length: number): Uint8Array;
  /** 32 bytes as base58. */
  key(): string;
  /** Borsh string: length as u32, then UTF-8. Zero bytes of padding and outer spaces are dropped. */
  string(): string;
  /** Borsh option: null, or what `read` returns. @throws RangeError when its tag is neither 0 nor 1 */
  option<T>(read: () => T): T | null;
}

const UTF8 = new TextDecoder();

/**
 * A class, unlike the rest: thousands of readers are made for a block, and closures for each would cost more
 * than the reading.
 */
class BytesInOrder implements ByteReader {
  readonly #data: Uint8Array;
  #at: number;

  constructor(data: Uint8Array, start: number) {
    this.#data = data;
    this.#at = start;
  }

  get left(): number {
    return this.#data.length - this.#at;
  }

  bytes(length: number): Uint8Array {
    const start = this.#skip(length);
    return this.#data.subarray(start, start + length);
  }

  u8(): number {
    return this.#data[this.#skip(1)] ?? 0;
  }

  u16(): number {
    return this.#number(2);
  }

  u32(): number {
    return this.#number(4);
  }

  integer(length: number, signed: boolean): bigint {
    if (length === 8) {
      const low = this.#number(4);
      const value = (BigInt(this.#number(4)) << 32n) | BigInt(low);
      return signed ? BigInt.asIntN(64, value) : value;
    }
    let value = 0n;
    const part = this.bytes(length);
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(part[i] ?? 0);
    return signed ? BigInt.asIntN(length * 8, value) : value;
  }

  key(): string {
    const start = this.#skip(32);
    return encodeBase58(this.#data, start, start + 32);
  }

  string(): string {
    return UTF8.decode(this.bytes(this.u32())).replaceAll('\0', '').trim();
  }

  option<T>(read: () => T): T | null {
    const tag = this.u8();
    if (tag > 1) throw new RangeError(`${tag} is no option's tag`);
    return tag === 1 ? read() : null;
  }

  #number(length: number): number {
    const start = this.#skip(length);
    let value = 0;
    for (let i = start + length - 1; i >= start; i--) value = value * 256 + (this.#data[i] ?? 0);
    return value;
  }

  #skip(length: number): number {
    const start = this.#at;
    if (start + length > this.#data.length)
      throw new RangeError(`data ends after ${this.#data.length} bytes, ${start + length} were expected`);
    this.#at = start + length;
    return start;
  }
}

/** @param start byte at which reading begins */
export function createByteReader(data: Uint8Array, start = 0): ByteReader {
  return new BytesInOrder(data, start);
}
