/** Schemas of the mapping language in network files. src/decoders/solana/follow.ts explains its parts. */
import { z } from 'zod';
import type { EventMapping, ValueSource } from '../src/decoders/solana/follow.js';
import { kind, oneOf } from './fields.js';

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

/** One mapping, a list of mappings (the first whose `when` holds is used), or `"ignore"`. */
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
