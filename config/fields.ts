/** Fields that schemas of network files share. */
import { z } from 'zod';
import { CROSS_CHECK } from '../src/chains/witness/shares.js';
import { decodeBase58 } from '../src/events/base58.js';
import { KINDS } from '../src/events/event.js';

export const kind = z.enum(KINDS, { error: `must be one of ${KINDS.join(', ')}` });

export const address = z.string().refine(isAddress, { error: 'must be a base58 address of 32 bytes' });

function isAddress(text: string): boolean {
  return decodeBase58(text)?.length === 32;
}

/** Exactly one of several keys, with an error that says so: a zod union would only say "invalid input". */
export function oneOf<T>(keys: readonly string[]) {
  return (value: Readonly<Record<string, unknown>>, context: z.core.$RefinementCtx): T => {
    const given = keys.filter((key) => value[key] !== undefined);
    if (given.length !== 1)
      context.issues.push({
        code: 'custom',
        input: value,
        message: `must have exactly one of the keys ${keys.join(', ')}`,
      });
    return value as T;
  };
}

const share = z.number().min(0).max(1);

/**
 * Which blocks are compared with what another endpoint says of them: the share of those that hold something
 * of ours, and of all others.
 */
export const crossCheck = z
  .strictObject({ ours: share.default(CROSS_CHECK.ours), others: share.default(CROSS_CHECK.others) })
  .prefault({});
