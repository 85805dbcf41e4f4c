/** Addresses and transaction hashes as clients write them → as the tables hold them. */
import bs58 from 'bs58';

const RAW_TON = /^(-1|0):[0-9a-f]{64}$/i;
/** Flags of a user-friendly TON address: bounceable or not; plus 0x80 on the test network. */
const FRIENDLY_TAGS = new Set([0x11, 0x51]);

export const ADDRESS_RULE =
  'must be a Solana address (base58 of 32 bytes) or a TON address (`0:` and 64 hex digits, or the 48 character form)';
export const HASH_RULE =
  'must be a Solana signature (base58 of 64 bytes) or a TON transaction hash (64 hex digits, base64 or base64url of 32 bytes)';

/** Solana: as given. TON: raw form in lower case. Null when it is neither. */
export function parseAddress(text: string): string | null {
  if (RAW_TON.test(text)) return text.toLowerCase();
  if (text.length === 48) return friendlyToRaw(text);
  return base58Length(text, 44) === 32 ? text : null;
}

/** Every spelling in which the tables may hold the hash; null when it is none. */
export function parseTransactionHash(text: string): string[] | null {
  if (base58Length(text, 88) === 64) return [text];
  const bytes = tonHash(text);
  return bytes && [bytes.toString('hex'), bytes.toString('base64'), bytes.toString('base64url')];
}

function tonHash(text: string): Buffer | null {
  if (/^[0-9a-f]{64}$/i.test(text)) return Buffer.from(text, 'hex');
  if (!/^[\w+/-]{43}=?$/.test(text)) return null;
  const bytes = Buffer.from(text, 'base64url');
  // The last character holds four bits: with others set it is no spelling of 32 bytes.
  return bytes.toString('base64url').at(-1) === text.charAt(42).replace('+', '-').replace('/', '_') ? bytes : null;
}

function base58Length(text: string, longest: number): number | undefined {
  return text.length > longest ? undefined : bs58.decodeUnsafe(text)?.length;
}

/** User-friendly form, TEP-2: flags, workchain, 32 bytes, CRC-16 of all before; base64 or base64url. */
function friendlyToRaw(text: string): string | null {
  if (!/^[\w+/-]{48}$/.test(text)) return null;
  const bytes = Buffer.from(text, 'base64url');
  const [tag = 0] = bytes;
  if (!FRIENDLY_TAGS.has(tag & 0x7f) || bytes.readUInt16BE(34) !== crc16(bytes.subarray(0, 34))) return null;
  return `${bytes.readInt8(1)}:${bytes.subarray(2, 34).toString('hex')}`;
}

/** CRC-16/XMODEM. */
function crc16(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? ((crc << 1) ^ 0x1021) & 0xffff : crc << 1;
  }
  return crc;
}
