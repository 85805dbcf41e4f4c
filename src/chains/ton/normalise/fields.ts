/**
 * Reading untrusted JSON about TON: what is of another type is an error that names its field. By hand and not
 * by a schema: every transaction of every block passes here.
 */
import { parseTonAddress } from '../../../events/ton-address.js';

export type Raw = Readonly<Record<string, unknown>>;

/** @param field names it in errors */
function wrong(field: string, expected: string): Error {
  return new Error(`${field}: must be ${expected}`);
}

export function asRecord(value: unknown, field: string): Raw {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(field, 'an object');
  return value as Raw;
}

export function asList(value: unknown, field: string): readonly unknown[] {
  if (!Array.isArray(value)) throw wrong(field, 'a list');
  return value;
}

/** null: absent, as absent fields are written in either way. */
export function optional<T>(
  value: unknown,
  field: string,
  read: (value: unknown, field: string) => T,
): T | null {
  return value === undefined || value === null ? null : read(value, field);
}

export function asText(value: unknown, field: string): string {
  if (typeof value !== 'string') throw wrong(field, 'text');
  return value;
}

export function asBoolean(value: unknown, field: string): boolean {
  if (typeof value !== 'boolean') throw wrong(field, 'true or false');
  return value;
}

export function asWhole(value: unknown, field: string): number {
  if (!Number.isSafeInteger(value)) throw wrong(field, 'a whole number');
  return value as number;
}

export function asSeqno(value: unknown, field: string): number {
  const seqno = asWhole(value, field);
  if (seqno < 0) throw wrong(field, 'a block number');
  return seqno;
}

/** 64-bit numbers come as decimal strings, small ones as numbers at times. */
export function asInteger(value: unknown, field: string): bigint {
  if (typeof value === 'string' ? !/^-?\d+$/.test(value) : !Number.isSafeInteger(value))
    throw wrong(field, 'an integer');
  return BigInt(value as string | number);
}

/** Any form → raw, lower case. */
export function asAddress(value: unknown, field: string): string {
  if (typeof value === 'string') {
    if (/^-?\d+:[0-9a-f]{64}$/i.test(value)) return value.toLowerCase();
    const friendly = parseTonAddress(value);
    if (friendly !== null) return friendly;
  }
  throw wrong(field, 'a TON address');
}

/** Base64, base64url or hex of 32 bytes → lower-case hex. */
export function asHash(value: unknown, field: string): string {
  if (typeof value === 'string') {
    if (value.length === 64 && /^[0-9a-f]+$/i.test(value)) return value.toLowerCase();
    const bytes = Buffer.from(value, 'base64');
    if (bytes.length === 32) return bytes.toString('hex');
  }
  throw wrong(field, 'a hash of 32 bytes');
}

/** Of a message: a number, or hex with or without 0x. Signed ones are the same 32 bits. */
export function asOpcode(value: unknown, field: string): number {
  if (typeof value === 'string' && /^(0x)?[0-9a-f]{1,16}$/i.test(value)) {
    return Number(BigInt(value.startsWith('0x') ? value : `0x${value}`) & 0xffffffffn);
  }
  return asWhole(value, field) >>> 0;
}

export function asOneOf<T extends string>(choices: readonly T[]): (value: unknown, field: string) => T {
  return (value, field) => {
    if (!choices.includes(value as T)) throw wrong(field, `one of ${choices.join(', ')}`);
    return value as T;
  };
}
