/** Little-endian reading of instruction and event data. Reading past the end throws RangeError, which callers turn into a problem. */
import bs58 from 'bs58';

export interface ByteReader {
  readonly left: number;
  u8(): number;
  u16(): number;
  u32(): number;
  /** Unsigned or two's complement integer of `length` bytes. */
  integer(length: number, signed: boolean): bigint;
  bytes(length: number): Uint8Array;
  /** 32 bytes as base58. */
  key(): string;
  /** Borsh string: length u32, UTF-8; padding zeros are dropped. */
  string(): string;
  /** Borsh option: null, or what `read` gives. */
  option<T>(read: () => T): T | null;
}

export function createByteReader(data: Uint8Array, start = 0): ByteReader {
  let at = start;
  const take = (length: number): Uint8Array => {
    if (length > data.length - at) throw new RangeError(`data ends after ${data.length} bytes, ${at + length} were expected`);
    const part = data.subarray(at, at + length);
    at += length;
    return part;
  };
  const integer = (length: number, signed: boolean): bigint => {
    let value = 0n;
    const part = take(length);
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(part[i] ?? 0);
    return signed ? BigInt.asIntN(length * 8, value) : value;
  };
  const number = (length: number) => Number(integer(length, false));
  const u8 = () => number(1);
  const u32 = () => number(4);
  return {
    get left() {
      return data.length - at;
    },
    u8,
    u16: () => number(2),
    u32,
    integer,
    bytes: take,
    key: () => bs58.encode(take(32)),
    string: () => new TextDecoder().decode(take(u32())).replaceAll('\0', '').trim(),
    option: (read) => {
      const tag = u8();
      if (tag > 1) throw new RangeError(`${tag} is no option's tag`);
      return tag === 1 ? read() : null;
    },
  };
}

/** First 8 bytes as hex: the form in which Anchor discriminators are looked up. null when shorter. */
export function discriminatorOf(data: Uint8Array): string | null {
  return data.length < 8 ? null : Buffer.from(data.buffer, data.byteOffset, 8).toString('hex');
}
