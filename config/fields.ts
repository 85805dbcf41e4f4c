/** Fields that schemas of network files share. */
import { z } from 'zod';
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
