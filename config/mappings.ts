/**
 * Schemas of the mapping language in network files: src/decoders/solana/follow.ts says what each part means.
 */

import { z } from 'zod';
import type { EventMapping, ValueSource } from '../src/decoders/solana/follow.js';
import { decodeBase58 } from '../src/events/base58.js';
import { KINDS } from '../src/events/event.js';

export const kind = z.enum(KINDS, { error: `must be one of ${KINDS.join(', ')}` });

export const address = z.string().refine(isAddress, { error: 'must be a base58 address of 32 bytes' });

function isAddress(text: string): boolean {
  return decodeBase58(text)?.length === 32;
}

/** Exactly one of several keys, with a message that says so (a zod union would only say "invalid input"). */
function oneOf<T>(keys: readonly string[]) {
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

const name = z.string().min(1).optional();

const source = z
  .strictObject({
    field: name,
    ownerOf: name,
    account: name,
    value: z.union([z.string(), z.number()]).optional(),
  })
  .transform(oneOf<ValueSource>(['field', 'ownerOf', 'account', 'value']));

const asset = z
  .strictObject({ token: name, nft: source.optional() })
  .transform(oneOf<EventMapping['asset']>(['token', 'nft']));

const scalar = z.union([z.string(), z.number(), z.boolean()]);

const mapping = z.strictObject({
  kind,
  asset,
  from: source.optional(),
  to: source.optional(),
  amount: source.optional(),
  price: z.strictObject({ amount: source, currency: z.string().min(1) }).optional(),
  fees: z.strictObject({ marketplace: source.optional(), royalty: source.optional() }).optional(),
  marketplace: z.string().min(1).optional(),
  nft: z
    .strictObject({
      name: source.optional(),
      uri: source.optional(),
      creator: source.optional(),
      collection: source.optional(),
      royaltyPercent: source.optional(),
    })
    .optional(),
  stake: z
    .strictObject({ lockSeconds: source.optional(), lockMonths: source.optional(), apy: source.optional() })
    .optional(),
  repriceOnly: z.literal(true).optional(),
  when: z.strictObject({ field: z.string().min(1), equals: scalar }).optional(),
});

/** One mapping, several (the first whose `when` holds is taken), or `"ignore"`. */
export const eventMappings = z.unknown().transform((value, context): readonly EventMapping[] | 'ignore' => {
  if (value === 'ignore') return value;
  if (typeof value === 'string') {
    context.issues.push({
      code: 'custom',
      input: value,
      message: 'must be a mapping, a list of mappings, or "ignore"',
    });
    return z.NEVER;
  }
  const many = Array.isArray(value);
  const result = z
    .array(mapping)
    .min(1)
    .safeParse(many ? value : [value]);
  if (result.success) return result.data;
  for (const issue of result.error.issues)
    context.issues.push({
      code: 'custom',
      input: value,
      message: issue.message,
      path: many ? issue.path : issue.path.slice(1),
    });
  return z.NEVER;
});
