/**
 * Content identifiers of IPFS, as far as metadata needs them: telling one from any other text, and naming
 * bytes that are not on IPFS. Source: the multiformats specifications of CID, multibase and multihash.
 */
import { createHash } from 'node:crypto';

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';
/** CIDv0: base58 of a sha2-256 multihash, which always begins with these two letters. */
const V0 = /^Qm[1-9A-HJ-NP-Za-km-z]{44}$/;
/** CIDv1 in base32; 59 characters with sha2-256, more with longer hashes. */
const V1 = /^b[a-z2-7]{50,128}$/;
const RAW = 0x55;
const SHA2_256 = 0x12;
const SHA2_256_BYTES = 32;

/** Whether the text is a CID: version 0, or version 1 in base32, which is what gateways and wallets write. */
export function isCid(text: string): boolean {
  return V0.test(text) || (V1.test(text) && fromBase32(text.slice(1))[0] === 1);
}

/**
 * The CID (version 1, codec raw, sha2-256, base32) of the bytes as one block: what the content would be
 * called on IPFS if it was stored there unchanged.
 */
export function rawCid(bytes: Uint8Array): string {
  const digest = createHash('sha256').update(bytes).digest();
  return `b${toBase32(Buffer.concat([Buffer.from([1, RAW, SHA2_256, SHA2_256_BYTES]), digest]))}`;
}

/** Whether the CID names one block by its sha2-256, so that `rawCid` of the right bytes is this very CID. */
export function isRawCid(cid: string): boolean {
  if (!V1.test(cid)) return false;
  const [version, codec, hash, length] = fromBase32(cid.slice(1));
  return version === 1 && codec === RAW && hash === SHA2_256 && length === SHA2_256_BYTES;
}

function toBase32(bytes: Uint8Array): string {
  let text = '';
  let value = 0;
  let bits = 0;
  for (const byte of bytes) {
    value = (value << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += BASE32[(value >> bits) & 31];
    }
    value &= (1 << bits) - 1;
  }
  return bits > 0 ? text + BASE32[(value << (5 - bits)) & 31] : text;
}

function fromBase32(text: string): Uint8Array {
  const bytes: number[] = [];
  let value = 0;
  let bits = 0;
  for (const letter of text) {
    value = (value << 5) | BASE32.indexOf(letter);
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes.push((value >> bits) & 255);
    }
    value &= (1 << bits) - 1;
  }
  return Uint8Array.from(bytes);
}
