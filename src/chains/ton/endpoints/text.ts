/** Hashes, addresses and numbers as the endpoints spell them → as we keep them. */
import type { Cell } from '@ton/core';
import { z } from 'zod';
import { messageOf } from '../../../runtime/errors.js';
import { NewestMap } from '../../../runtime/newest-map.js';
import { asAddress, asHash, asInteger, asSeqno, asWhole, type Raw } from '../normalise/fields.js';
import type { ShardBlockId } from '../shards.js';

/** Of a contract that sends what it cannot use back. */
const BOUNCEABLE = 0x11;

/** The address as TonClient4 wants it: base64url of flags, workchain, hash and CRC-16/XMODEM. `@ton/core` looks at every bit of it. */
export function friendly(raw: string): string {
  const colon = raw.indexOf(':');
  const bytes = Buffer.alloc(36);
  bytes[0] = BOUNCEABLE;
  bytes.writeInt8(Number(raw.slice(0, colon)), 1);
  if (bytes.write(raw.slice(colon + 1), 2, 32, 'hex') !== 32) throw new Error(`${raw} is no raw address`);
  bytes.writeUInt16BE(crc16(bytes.subarray(0, 34)), 34);
  return bytes.toString('base64url');
}

const CRC16 = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8;
  for (let bit = 0; bit < 8; bit += 1) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1;
  return crc;
});

function crc16(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) crc = ((crc << 8) ^ (CRC16[((crc >> 8) ^ byte) & 0xff] ?? 0)) & 0xffff;
  return crc;
}

/** A block's name, with its shard as the endpoint spells it. @throws Error naming the field */
export function blockIdOf(raw: Raw, asShard: (value: unknown, field: string) => string): ShardBlockId {
  return {
    workchain: asWhole(raw.workchain, 'workchain'),
    shard: asShard(raw.shard, 'shard'),
    seqno: asSeqno(raw.seqno, 'seqno'),
  };
}

/** A field's reader as a schema. */
const schemaOf = <T>(read: (value: unknown, field: string) => T) =>
  z.unknown().transform((value, context) => {
    try {
      return read(value, 'it');
    } catch (error) {
      context.addIssue({ code: 'custom', message: messageOf(error) });
      return z.NEVER;
    }
  });

export const hash = schemaOf(asHash);
export const address = schemaOf(asAddress);
export const big = schemaOf(asInteger);

export const seqno = z.int().nonnegative();

/** Most accounts have the code of many others: hashes of the codes seen last, by the text of their BoC. */
const codeHashes = new NewestMap<string, string>(256);

/** @param cell reads a BoC, see readCellText */
export function codeHashOf(base64: string, cell: (base64: string) => Cell): string {
  const known = codeHashes.get(base64);
  if (known !== undefined) return known;
  const found = cell(base64).hash().toString('hex');
  codeHashes.set(base64, found);
  return found;
}
