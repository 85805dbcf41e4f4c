/**
 * The wire format of a Solana transaction, versions legacy, 0 and 1, as base64 and base58 encodings hold it.
 * Source: solana-transaction and solana-message of Agave; version 1 is SIMD-0385 (message first, signatures
 * after it, no lookups). web3.js reads the same (checked in the test) but copies the bytes into arrays and is
 * far too slow for blocks.
 */

import { encodeBase58 } from '../../../events/base58.js';
import { NdxError } from '../../../runtime/errors.js';

export interface WireInstruction {
  readonly programIdIndex: number;
  readonly accounts: Uint8Array;
  readonly data: Uint8Array;
}

export interface WireTransaction {
  readonly version: 'legacy' | 0 | 1;
  /** The first signature, which names the transaction. */
  readonly signature: string;
  readonly signerCount: number;
  /** Where the static keys lie in the bytes: 32 each. */
  readonly keysOffset: number;
  readonly keyCount: number;
  readonly instructions: readonly WireInstruction[];
}

const SIGNATURE = 64;
const KEY = 32;
const VERSIONED = 0x80;
/**
 * Bits of version 1's configuration mask and the bytes of the values that follow: priority fee (two bits),
 * three u32.
 */
const CONFIG_VALUES: readonly (readonly [mask: number, bytes: number])[] = [
  [0b11, 8],
  [0b100, 4],
  [0b1000, 4],
  [0b10000, 4],
];

interface Cursor {
  readonly bytes: Uint8Array;
  at: number;
}

function bad(what: string): NdxError {
  return new NdxError('RPC_BAD_RESPONSE', `Solana answer: transaction bytes ${what}`, { retryable: true });
}

function u8(cursor: Cursor): number {
  const value = cursor.bytes[cursor.at++];
  if (value === undefined) throw bad('end too early');
  return value;
}

function take(cursor: Cursor, length: number): Uint8Array {
  const end = cursor.at + length;
  if (end > cursor.bytes.length) throw bad('end too early');
  const part = cursor.bytes.subarray(cursor.at, end);
  cursor.at = end;
  return part;
}

/** Solana's compact-u16: seven bits a byte, at most three bytes. */
function compact(cursor: Cursor): number {
  let value = 0;
  for (let shift = 0; shift < 21; shift += 7) {
    const byte = u8(cursor);
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
  throw bad('hold a length above 2^16');
}

/**
 * Reads a transaction's bytes.
 * @throws NdxError RPC_BAD_RESPONSE when they are none, TRANSACTION_VERSION_UNSUPPORTED for a version above 1
 */
export function readWire(bytes: Uint8Array): WireTransaction {
  return bytes[0] === (VERSIONED | 1) ? readVersion1(bytes) : readOlder(bytes);
}

/** The static keys in base58: those that stand in the transaction itself. */
export function wireKeys(bytes: Uint8Array, wire: WireTransaction): string[] {
  const keys: string[] = [];
  for (let i = 0; i < wire.keyCount; i++)
    keys.push(encodeBase58(bytes, wire.keysOffset + i * KEY, wire.keysOffset + (i + 1) * KEY));
  return keys;
}

function readOlder(bytes: Uint8Array): WireTransaction {
  const cursor: Cursor = { bytes, at: 0 };
  const signatureCount = compact(cursor);
  if (signatureCount === 0) throw bad('hold no signature');
  const signatures = take(cursor, signatureCount * SIGNATURE);
  let version: 'legacy' | 0 = 'legacy';
  if (((bytes[cursor.at] ?? 0) & VERSIONED) !== 0) {
    const number = u8(cursor) & 0x7f;
    if (number !== 0)
      throw new NdxError(
        'TRANSACTION_VERSION_UNSUPPORTED',
        `Solana transaction version ${number} is not known here: update ndx`,
      );
    version = 0;
  }
  const signerCount = u8(cursor);
  take(cursor, 2);
  const keyCount = compact(cursor);
  const keysOffset = cursor.at;
  take(cursor, keyCount * KEY + 32);
  const instructions: WireInstruction[] = [];
  for (let left = compact(cursor); left > 0; left--) {
    const programIdIndex = u8(cursor);
    const accounts = take(cursor, compact(cursor));
    instructions.push({ programIdIndex, accounts, data: take(cursor, compact(cursor)) });
  }
  if (version === 0) {
    for (let left = compact(cursor); left > 0; left--) {
      take(cursor, KEY);
      take(cursor, compact(cursor));
      take(cursor, compact(cursor));
    }
  }
  if (cursor.at !== bytes.length) throw bad('go on after their end');
  return wireTransaction(version, signatures, { signerCount, keysOffset, keyCount, instructions });
}

function readVersion1(bytes: Uint8Array): WireTransaction {
  const cursor: Cursor = { bytes, at: 1 };
  const signerCount = u8(cursor);
  take(cursor, 2);
  const mask = u8(cursor) | (u8(cursor) << 8) | (u8(cursor) << 16) | (u8(cursor) << 24);
  if ((mask & ~0b11111) !== 0) throw bad('hold a configuration that is not known here');
  take(cursor, 32);
  const instructionCount = u8(cursor);
  const keyCount = u8(cursor);
  const keysOffset = cursor.at;
  take(cursor, keyCount * KEY);
  for (const [bits, length] of CONFIG_VALUES) if ((mask & bits) !== 0) take(cursor, length);
  const headers: { programIdIndex: number; accounts: number; data: number }[] = [];
  for (let i = 0; i < instructionCount; i++)
    headers.push({ programIdIndex: u8(cursor), accounts: u8(cursor), data: u8(cursor) | (u8(cursor) << 8) });
  const instructions = headers.map((header) => ({
    programIdIndex: header.programIdIndex,
    accounts: take(cursor, header.accounts),
    data: take(cursor, header.data),
  }));
  if (signerCount === 0) throw bad('hold no signature');
  const signatures = take(cursor, signerCount * SIGNATURE);
  if (cursor.at !== bytes.length) throw bad('go on after their end');
  return wireTransaction(1, signatures, { signerCount, keysOffset, keyCount, instructions });
}

type Parts = Omit<WireTransaction, 'version' | 'signature'>;

/** The signature is written as text on first use: of most transactions of a block nobody asks it. */
function wireTransaction(
  version: WireTransaction['version'],
  signatures: Uint8Array,
  parts: Parts,
): WireTransaction {
  return {
    version,
    ...parts,
    get signature() {
      return encodeBase58(signatures, 0, SIGNATURE);
    },
  };
}
