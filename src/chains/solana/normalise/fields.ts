/**
 * Reading untrusted JSON of an RPC answer: what is missing or of another type is an error that names its
 * path.
 */

import { encodeBase58 } from '../../../events/base58.js';
import { NdxError } from '../../../runtime/errors.js';

export type Raw = Readonly<Record<string, unknown>>;

/** Where a value stands, for messages. null: nobody will read it. */
export type Path = string | null;

/**
 * Naming every place of a block costs more than reading it: it is read without names first, and once more
 * with them if something is wrong.
 */
export function namedIfWrong<T>(read: (path: Path) => T, path: () => string): T {
  try {
    return read(null);
  } catch (error) {
    if (!(error instanceof NdxError)) throw error;
    return read(path());
  }
}

export function at(path: Path, key: string): Path {
  return path === null ? null : path + key;
}

/** Retryable: another endpoint may give a well-formed answer. */
export function badResponse(path: Path, expected: string, found: unknown): NdxError {
  const shown =
    found === undefined
      ? 'nothing'
      : found === null
        ? 'null'
        : Array.isArray(found)
          ? 'a list'
          : `a ${typeof found}`;
  return new NdxError('RPC_BAD_RESPONSE', `Solana answer: ${path} should be ${expected} but is ${shown}`, {
    retryable: true,
  });
}

export function isRecord(value: unknown): value is Raw {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function asRecord(value: unknown, path: Path): Raw {
  if (!isRecord(value)) throw badResponse(path, 'an object', value);
  return value;
}

export function asList(value: unknown, path: Path): readonly unknown[] {
  if (!Array.isArray(value)) throw badResponse(path, 'a list', value);
  return value;
}

/** Absent and null count as empty: nodes leave out what they did not record. */
export function asOptionalList(value: unknown, path: Path): readonly unknown[] {
  return value === undefined || value === null ? [] : asList(value, path);
}

export function asString(value: unknown, path: Path): string {
  if (typeof value !== 'string') throw badResponse(path, 'a string', value);
  return value;
}

/**
 * An address: base58, or as web3.js's PublicKey of 1.x turns into JSON, `{ _bn: hex }`, which recorded
 * answers may hold.
 */
export function asKey(value: unknown, path: Path): string {
  if (typeof value === 'string') return value;
  if (isRecord(value) && typeof value._bn === 'string' && /^[0-9a-f]{1,64}$/.test(value._bn))
    return encodeBase58(Buffer.from(value._bn.padStart(64, '0'), 'hex'));
  throw badResponse(path, 'an address', value);
}

/** A whole number from 0 on; in JSON, larger than 2^53 only loses digits that no count here has. */
export function asCount(value: unknown, path: Path): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0)
    throw badResponse(path, 'a whole number', value);
  return value;
}

export function asTime(value: unknown, path: Path): number | null {
  if (value === undefined || value === null) return null;
  if (typeof value !== 'number' || !Number.isInteger(value))
    throw badResponse(path, 'unix seconds or null', value);
  return value;
}

/** Amounts in base units come as decimal strings. */
export function asAmount(value: unknown, path: Path): bigint {
  if (typeof value === 'string' && isDecimal(value)) return BigInt(value);
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0) return BigInt(value);
  throw badResponse(path, 'an amount in base units', value);
}

function isDecimal(text: string): boolean {
  if (text.length === 0 || text.length > 20) return false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 48 || code > 57) return false;
  }
  return true;
}

export function lamports(value: unknown, path: Path): bigint[] {
  const list = asOptionalList(value, path);
  const amounts: bigint[] = new Array(list.length);
  for (let i = 0; i < list.length; i++)
    amounts[i] = BigInt(asCount(list[i], path === null ? null : `${path}[${i}]`));
  return amounts;
}
