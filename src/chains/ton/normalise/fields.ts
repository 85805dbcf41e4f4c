/** What only TON's answers hold, for the checks of untrusted JSON (runtime/untrusted.ts). */

import { parseTonAddress } from '../../../events/ton-address.js';
import { asWhole, wrongType } from '../../../runtime/untrusted.js';
import { isBlockTime } from '../../block-time.js';

/** Any form → raw, lower case. */
export function asAddress(value: unknown, holder: object, key: PropertyKey): string {
  if (typeof value === 'string') {
    if (/^-?\d+:[0-9a-f]{64}$/i.test(value)) return value.toLowerCase();
    const raw = parseTonAddress(value);
    if (raw !== null) return raw;
  }
  throw wrongType(value, holder, key, 'a TON address');
}

/** Base64, base64url or hex of 32 bytes → lower-case hex. */
export function asHash(value: unknown, holder: object, key: PropertyKey): string {
  if (typeof value === 'string') {
    if (value.length === 64 && /^[0-9a-f]+$/i.test(value)) return value.toLowerCase();
    const bytes = Buffer.from(value, 'base64');
    if (bytes.length === 32) return bytes.toString('hex');
  }
  throw wrongType(value, holder, key, 'a hash of 32 bytes');
}

/** Of a message: a number, or hex with or without 0x. Signed ones are the same 32 bits. */
export function asOpcode(value: unknown, holder: object, key: PropertyKey): number {
  if (typeof value === 'string' && /^(0x)?[0-9a-f]{1,16}$/i.test(value))
    return Number(BigInt(value.startsWith('0x') ? value : `0x${value}`) & 0xffffffffn);
  return asWhole(value, holder, key) >>> 0;
}

/** Unix seconds of a block or of what stands in it. */
export function asBlockTime(value: unknown, holder: object, key: PropertyKey): number {
  if (!isBlockTime(value)) throw wrongType(value, holder, key, 'a time in seconds after 1970, before 2106');
  return value;
}
