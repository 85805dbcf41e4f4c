/** Hashes, addresses and numbers as the endpoints spell them → as we keep them. */
import { z } from 'zod';
import { messageOf } from '../../../runtime/errors.js';
import { NewestMap } from '../../../runtime/newest-map.js';
import type { Cell } from '../cells/cell.js';
import { asAddress, asHash, asInteger, asSeqno, asWhole, type Raw } from '../normalise/fields.js';
import type { ShardBlockId } from '../shards.js';

/** A block's name, with its shard as the endpoint spells it. @throws Error naming the field */
export function blockIdOf(raw: Raw, asShard: (value: unknown, field: string) => string): ShardBlockId {
  return {
    workchain: asWhole(raw.workchain, 'workchain'),
    shard: asShard(raw.shard, 'shard'),
    seqno: asSeqno(raw.seqno, 'seqno'),
  };
}

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
const codeHashes = new NewestMap<string, string>(256);

/** @param cell reads a BoC, see readCellText */
export function codeHashOf(base64: string, cell: (base64: string) => Cell): string {
  const known = codeHashes.get(base64);
  if (known !== undefined) return known;
  const found = cell(base64).hash();
  codeHashes.set(base64, found);
  return found;
}
