/**
 * TON addresses in two forms: raw (workchain `0:` or `-1:` and 64 lower-case hex digits), which the tables
 * hold, and user-friendly (48 characters, TEP-2), which people see. Needs no SDK, so that every part of the
 * program can use it.
 */
import { Buffer } from 'node:buffer';

const RAW = /^(?:-1|0):[0-9a-f]{64}$/i;
const FRIENDLY = /^[\w+/-]{48}$/;
const BOUNCEABLE = 0x11;
const NOT_BOUNCEABLE = 0x51;
/** Added to the tag of an address for the test network (TEP-2). */
const TEST_ONLY = 0x80;

/**
 * The raw form, lower case, of an address in either form; null when the text is no address or its checksum is
 * wrong.
 */
export function parseTonAddress(text: string): string | null {
  if (RAW.test(text)) return text.toLowerCase();
  if (!FRIENDLY.test(text)) return null;
  const bytes = Buffer.from(text, 'base64url');
  const tag = (bytes[0] ?? 0) & ~TEST_ONLY;
  if (
    (tag !== BOUNCEABLE && tag !== NOT_BOUNCEABLE) ||
    bytes.readUInt16BE(34) !== crc16(bytes.subarray(0, 34))
  )
    return null;
  const workchain = bytes.readInt8(1);
  return workchain === 0 || workchain === -1 ? `${workchain}:${bytes.subarray(2, 34).toString('hex')}` : null;
}

export interface FriendlyForm {
  /** Default true: `EQ…`. False: `UQ…`, as wallets show their own address. */
  readonly bounceable?: boolean;
  readonly testOnly?: boolean;
}

/** User-friendly form in base64url (TEP-2). @throws RangeError when `raw` is no raw address */
export function friendlyTonAddress(raw: string, form: FriendlyForm = {}): string {
  if (!RAW.test(raw)) throw new RangeError(`${raw} is no raw TON address`);
  const [workchain = '0', hash = ''] = raw.split(':');
  const bytes = Buffer.alloc(36);
  bytes[0] = (form.bounceable === false ? NOT_BOUNCEABLE : BOUNCEABLE) | (form.testOnly ? TEST_ONLY : 0);
  bytes.writeInt8(Number(workchain), 1);
  bytes.write(hash, 2, 'hex');
  bytes.writeUInt16BE(crc16(bytes.subarray(0, 34)), 34);
  return bytes.toString('base64url');
}

/** Maps every raw TON address among the values, at any depth, to its bounceable user-friendly form. */
export function friendlyForms(value: unknown): Record<string, string> {
  const found: Record<string, string> = {};
  collect(value, found);
  return found;
}

function collect(value: unknown, found: Record<string, string>): void {
  if (typeof value === 'string') {
    if (isRawTonAddress(value)) found[value] = friendlyTonAddress(value);
  } else if (typeof value === 'object' && value !== null)
    for (const item of Object.values(value)) collect(item, found);
}

/** True for the raw form alone. */
export function isRawTonAddress(text: string): boolean {
  return RAW.test(text);
}

/** CRC-16/XMODEM of each byte. */
const CRC16 = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8;
  for (let bit = 0; bit < 8; bit += 1) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1;
  return crc;
});

/** CRC-16/XMODEM. */
function crc16(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) crc = ((crc << 8) ^ (CRC16[((crc >> 8) ^ byte) & 0xff] ?? 0)) & 0xffff;
  return crc;
}
