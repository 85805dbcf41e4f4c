/**
 * `@ton/core` reads integers bit by bit, each bit a BigInt of its own, and bytes that do not begin at a byte boundary (every address
 * behind an amount) the same way. These read whole bytes in their place. Imported for its effect; bits.test.ts holds them to the originals.
 */
import { Address, BitReader, type BitString } from '@ton/core';

interface Bits {
  readonly _data: Uint8Array;
  readonly _offset: number;
  readonly _length: number;
}

/** What is private to `BitReader`. */
interface Reader {
  readonly _bits: BitString;
  _offset: number;
  loadUint(bits: number): number;
  preloadUint(bits: number): number;
  _loadInternalAddress(): Address;
  _preloadUint(bits: number, offset: number): bigint;
  _preloadInt(bits: number, offset: number): bigint;
  _preloadBuffer(bytes: number, offset: number): Buffer;
}

/** Of an integer that is read as a number: with the seven bits that may stand before it, it still fits into 53. */
const PIECE = 40;

/** Where the bits stand in the data. @throws as `BitString.at` does */
function startOf(
  string: BitString,
  bits: number,
  offset: number,
): { readonly data: Uint8Array; readonly at: number } {
  const { _data: data, _offset: start, _length: length } = string as unknown as Bits;
  if (offset < 0 || offset + bits > length)
    throw new Error(`Index ${offset + bits} > ${length} is out of bounds`);
  return { data, at: start + offset };
}

function pieceAt(data: Uint8Array, at: number, bits: number): number {
  const end = at + bits;
  let value = (data[at >> 3] ?? 0) & (0xff >> (at & 7));
  let read = (at & ~7) + 8;
  for (; read < end; read += 8) value = value * 256 + (data[read >> 3] ?? 0);
  return Math.floor(value / 2 ** (read - end));
}

function unsignedAt(data: Uint8Array, at: number, bits: number): bigint {
  const first = bits % PIECE;
  let value = first === 0 ? 0n : BigInt(pieceAt(data, at, first));
  for (let done = first; done < bits; done += PIECE)
    value = (value << BigInt(PIECE)) | BigInt(pieceAt(data, at + done, PIECE));
  return value;
}

const reader = BitReader.prototype as unknown as Reader;

reader._preloadUint = function (bits, offset) {
  if (bits === 0) return 0n;
  const { data, at } = startOf(this._bits, bits, offset);
  return unsignedAt(data, at, bits);
};

/** Numbers of up to 40 bits are never made a BigInt. */
function numbersBy(slow: (this: Reader, bits: number) => number, moves: boolean) {
  return function (this: Reader, bits: number): number {
    if (bits > PIECE || bits < 1) return slow.call(this, bits);
    const { data, at } = startOf(this._bits, bits, this._offset);
    if (moves) this._offset += bits;
    return pieceAt(data, at, bits);
  };
}

reader.loadUint = numbersBy(reader.loadUint, true);
reader.preloadUint = numbersBy(reader.preloadUint, false);

const anyAddress = reader._loadInternalAddress;

/** addr_std$10 anycast:(Maybe Anycast) workchain_id:int8 address:bits256; hardly any has an anycast. */
reader._loadInternalAddress = function () {
  const { data, at } = startOf(this._bits, 3, this._offset);
  if (pieceAt(data, at, 3) !== 0b100) return anyAddress.call(this);
  startOf(this._bits, 267, this._offset);
  const workchain = (pieceAt(data, at + 3, 8) << 24) >> 24;
  const address = new Address(workchain, this._preloadBuffer(32, this._offset + 11));
  this._offset += 267;
  return address;
};

reader._preloadInt = function (bits, offset) {
  if (bits === 0) return 0n;
  const { data, at } = startOf(this._bits, bits, offset);
  return BigInt.asIntN(bits, unsignedAt(data, at, bits));
};

reader._preloadBuffer = function (bytes, offset) {
  const { data, at } = startOf(this._bits, bytes * 8, offset);
  const first = at >> 3;
  const shift = at & 7;
  if (shift === 0) return Buffer.from(data.buffer, data.byteOffset + first, bytes);
  const buffer = Buffer.allocUnsafe(bytes);
  for (let i = 0; i < bytes; i += 1)
    buffer[i] = ((data[first + i] ?? 0) << shift) | ((data[first + i + 1] ?? 0) >> (8 - shift));
  return buffer;
};
