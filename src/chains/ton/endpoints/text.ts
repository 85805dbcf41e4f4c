/** Hashes, addresses and numbers as the endpoints spell them → as we keep them. */
import { Address, Cell } from '@ton/core';
import { z } from 'zod';

/** base64, base64url or hex of 32 bytes → lower-case hex. @throws when it is none */
function hexOf(text: string): string {
  if (/^[0-9a-f]{64}$/i.test(text)) return text.toLowerCase();
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length !== 32) throw new Error(`${JSON.stringify(text.slice(0, 80))} is no hash`);
  return bytes.toString('hex');
}

/** Any form → raw, lower case. @throws when it is no address */
function rawAddress(text: string): string {
  return /^-?\d+:[0-9a-f]{64}$/i.test(text) ? text.toLowerCase() : Address.parse(text).toRawString();
}

export const friendly = (raw: string): string => Address.parse(raw).toString();

export const hash = z.string().transform((text, context) => {
  try {
    return hexOf(text);
  } catch {
    context.addIssue({ code: 'custom', message: 'is no hash of 32 bytes' });
    return z.NEVER;
  }
});

export const address = z.string().transform((text, context) => {
  try {
    return rawAddress(text);
  } catch {
    context.addIssue({ code: 'custom', message: 'is no TON address' });
    return z.NEVER;
  }
});

/** 64-bit numbers come as decimal strings, small ones as numbers at times. */
export const big = z.union([z.string().regex(/^-?\d+$/), z.int()]).transform((value) => BigInt(value));

export const seqno = z.int().nonnegative();

/** The root cell of a base64 BoC. @throws when it is none */
export function cellOf(base64: string): Cell {
  const [cell] = Cell.fromBoc(Buffer.from(base64, 'base64'));
  if (!cell) throw new Error('an empty bag of cells');
  return cell;
}

/** Most accounts have the code of many others: hashes of the codes seen last, by the text of their BoC. */
const codeHashes = new Map<string, string>();
const CODES_KEPT = 256;

/** @param cell reads a BoC, see {@link cellOf} */
export function codeHashOf(base64: string, cell: (base64: string) => Cell): string {
  const known = codeHashes.get(base64);
  if (known !== undefined) return known;
  const found = cell(base64).hash().toString('hex');
  codeHashes.set(base64, found);
  const [oldest] = codeHashes.keys();
  if (codeHashes.size > CODES_KEPT && oldest !== undefined) codeHashes.delete(oldest);
  return found;
}
