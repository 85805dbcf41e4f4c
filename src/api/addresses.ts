/** Converts addresses and transaction hashes from the spellings of clients to those of the tables. */
import { decodeBase58 } from '../events/base58.js';
import { parseTonAddress } from '../events/ton-address.js';

export const ADDRESS_RULE =
  'must be a Solana address (base58 of 32 bytes) or a TON address (`0:` and 64 hex digits, or the 48 character form)';
export const HASH_RULE =
  'must be a Solana signature (base58 of 64 bytes) or a TON transaction hash (64 hex digits, base64 or base64url of 32 bytes)';

/**
 * A Solana address is returned as given, a TON address in raw form and lower case; null when it is neither.
 */
export function parseAddress(text: string): string | null {
  const ton = parseTonAddress(text);
  if (ton !== null) return ton;
  return base58Length(text, 44) === 32 ? text : null;
}

/** Every spelling in which the tables may hold the hash; null when it is not a hash. */
export function parseTransactionHash(text: string): string[] | null {
  if (base58Length(text, 88) === 64) return [text];
  const bytes = tonHash(text);
  return bytes && [bytes.toString('hex'), bytes.toString('base64'), bytes.toString('base64url')];
}

function tonHash(text: string): Buffer | null {
  if (/^[0-9a-f]{64}$/i.test(text)) return Buffer.from(text, 'hex');
  if (!/^[\w+/-]{43}=?$/.test(text)) return null;
  const bytes = Buffer.from(text, 'base64url');
  // The last base64 character holds only four bits of the hash. If the other bits are set, it is no spelling
  // of 32 bytes.
  return bytes.toString('base64url').at(-1) === text.charAt(42).replace('+', '-').replace('/', '_')
    ? bytes
    : null;
}

function base58Length(text: string, longest: number): number | undefined {
  return text.length > longest ? undefined : decodeBase58(text)?.length;
}
