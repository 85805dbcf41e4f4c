/** Hashes, addresses and numbers as the endpoints spell them → as we keep them. */
import { z } from 'zod';
import { NewestMap } from '../../../runtime/newest-map.js';
import { asCount, asInteger, asWhole, type Raw, WrongField } from '../../../runtime/untrusted.js';
import type { Cell } from '../cells/cell.js';
import { asAddress, asHash } from '../normalise/fields.js';
import type { ShardBlockId } from '../shards.js';

/** A block's name, with its shard as the endpoint spells it. @throws WrongField */
export function blockIdOf(
  raw: Raw,
  asShard: (value: unknown, holder: object, key: PropertyKey) => string,
): ShardBlockId {
  return {
    workchain: asWhole(raw.workchain, raw, 'workchain'),
    shard: asShard(raw.shard, raw, 'shard'),
    seqno: asCount(raw.seqno, raw, 'seqno'),
  };
}

/** A field's reader as a schema. */
const schemaOf = <T>(read: (value: unknown, holder: object, key: PropertyKey) => T) =>
  z.unknown().transform((value, context) => {
    try {
      return read(value, [value], 0);
    } catch (error) {
      if (!(error instanceof WrongField)) throw error;
      context.addIssue({ code: 'custom', message: error.message });
      return z.NEVER;
    }
  });

export const hash = schemaOf(asHash);
export const address = schemaOf(asAddress);
export const big = schemaOf(asInteger);

export const seqno = z.int().nonnegative();

/**
 * Hashes of contracts' codes, as hex. Many accounts have the same code, so the hashes of the 256 seen last
 * are remembered by the text of their BoC (base64).
 */
export function createCodeHashes(): (base64: string, cell: (base64: string) => Cell) => string {
  const hashes = new NewestMap<string, string>(256);
  return (base64, cell) => {
    const known = hashes.get(base64);
    if (known !== undefined) return known;
    const found = cell(base64).hash();
    hashes.set(base64, found);
    return found;
  };
}
