/**
 * Reading integers and bytes that begin at any bit of some bytes, whole bytes at a time. Callers check that
 * the bits are there.
 */

/**
 * Longest integer that `numberAt` reads: with seven bits before and after it, it still fits into the 53 of a
 * double.
 */
export const NUMBER_BITS = 40;

/** An unsigned integer of at most {@link NUMBER_BITS} bits, big-endian. */
export function numberAt(data: Uint8Array, at: number, bits: number): number {
  if (bits === 0) return 0;
  const end = at + bits;
  let value = (data[at >> 3] ?? 0) & (0xff >> (at & 7));
  let read = (at & ~7) + 8;
  for (; read < end; read += 8) value = value * 256 + (data[read >> 3] ?? 0);
  return Math.floor(value / 2 ** (read - end));
}

/** An unsigned integer of any length, big-endian. */
export function bigintAt(data: Uint8Array, at: number, bits: number): bigint {
  const first = bits % NUMBER_BITS;
  let value = BigInt(numberAt(data, at, first));
  for (let done = first; done < bits; done += NUMBER_BITS)
    value = (value << BigInt(NUMBER_BITS)) | BigInt(numberAt(data, at + done, NUMBER_BITS));
  return value;
}

/** Bytes; a view of the data where they begin at a byte, else a copy. */
export function bytesAt(data: Uint8Array, at: number, length: number): Buffer {
  const first = at >> 3;
  if ((at & 7) === 0) return Buffer.from(data.buffer, data.byteOffset + first, length);
  const bytes = Buffer.allocUnsafe(length);
  copyBits(data, at, length * 8, bytes, 0);
  return bytes;
}

/**
 * Copies bits to the beginning of byte `to`. A last byte that is not full is completed by zeros.
 * @returns the place after the last byte that was written
 */
function copyBits(data: Uint8Array, at: number, bits: number, target: Uint8Array, to: number): number {
  const shift = at & 7;
  const first = at >> 3;
  const length = (bits + 7) >> 3;
  if (shift === 0) for (let i = 0; i < length; i += 1) target[to + i] = data[first + i] ?? 0;
  else
    for (let i = 0; i < length; i += 1)
      target[to + i] = ((data[first + i] ?? 0) << shift) | ((data[first + i + 1] ?? 0) >> (8 - shift));
  const rest = bits & 7;
  if (rest !== 0) target[to + length - 1] = (target[to + length - 1] ?? 0) & (0xff00 >> rest);
  return to + length;
}

/**
 * As `copyBits`, but a last byte that is not full is ended by a one and zeros, as cells are hashed and
 * stored.
 */
export function copyPadded(
  data: Uint8Array,
  at: number,
  bits: number,
  target: Uint8Array,
  to: number,
): number {
  const end = copyBits(data, at, bits, target, to);
  const rest = bits & 7;
  if (rest !== 0) target[end - 1] = (target[end - 1] ?? 0) | (0x80 >> rest);
  return end;
}
