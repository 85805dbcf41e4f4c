/** Hashes, addresses and numbers as the endpoints spell them → as we keep them. */
import { Address, type Cell } from '@ton/core';
import { z } from 'zod';
import { messageOf } from '../../../runtime/errors.js';
import { asAddress, asHash, asInteger } from '../normalise/fields.js';

export const friendly = (raw: string): string => Address.parse(raw).toString();

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
const codeHashes = new Map<string, string>();
const CODES_KEPT = 256;

/** @param cell reads a BoC, see readCellText */
export function codeHashOf(base64: string, cell: (base64: string) => Cell): string {
  const known = codeHashes.get(base64);
  if (known !== undefined) return known;
  const found = cell(base64).hash().toString('hex');
  codeHashes.set(base64, found);
  const [oldest] = codeHashes.keys();
  if (codeHashes.size > CODES_KEPT && oldest !== undefined) codeHashes.delete(oldest);
  return found;
}
