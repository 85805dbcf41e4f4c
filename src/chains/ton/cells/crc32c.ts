/**
 * CRC32C (RFC 3720, Castagnoli) by a table of bytes: `@ton/core` computes it bit by bit, for every bag of
 * cells that carries one.
 */

const POLYNOMIAL = 0x82f63b78;

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
  return crc;
});

/** Of the bytes before `end`. */
export function crc32c(bytes: Uint8Array, end = bytes.length): number {
  let crc = 0xffffffff;
  for (let at = 0; at < end; at += 1) crc = (TABLE[(crc ^ (bytes[at] ?? 0)) & 0xff] ?? 0) ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}
