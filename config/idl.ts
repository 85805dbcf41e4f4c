/** Reads an Anchor IDL (0.30 and later) and keeps the part that decoding needs. */
import { z } from 'zod';
import type { AnchorIdl, IdlType } from '../src/decoders/solana/follow.js';

const PRIMITIVES = [
  'bool',
  'u8',
  'i8',
  'u16',
  'i16',
  'u32',
  'i32',
  'u64',
  'i64',
  'u128',
  'i128',
  'string',
  'bytes',
  'pubkey',
] as const;

const idlType: z.ZodType<IdlType> = z.lazy(() =>
  z.union([
    z.enum(PRIMITIVES),
    z.strictObject({ option: idlType }),
    z.strictObject({ vec: idlType }),
    z.strictObject({ array: z.tuple([idlType, z.int().nonnegative()]) }),
  ]),
);

const discriminator = z.array(z.int().min(0).max(255)).length(8, { error: 'must be 8 bytes' });

interface AccountItem {
  readonly name: string;
  readonly signer?: boolean | undefined;
  readonly accounts?: readonly AccountItem[] | undefined;
}

const accountItem: z.ZodType<AccountItem> = z.lazy(() =>
  z.object({ name: z.string(), signer: z.boolean().optional(), accounts: z.array(accountItem).optional() }),
);

const struct = z.object({
  kind: z.literal('struct'),
  fields: z.array(z.object({ name: z.string(), type: idlType })),
});

const idlFile = z.object({
  address: z.string().optional(),
  metadata: z.object({ name: z.string(), version: z.string() }),
  instructions: z.array(z.object({ name: z.string(), discriminator, accounts: z.array(accountItem) })),
  events: z.array(z.object({ name: z.string(), discriminator })).default([]),
  types: z.array(z.object({ name: z.string(), type: z.unknown() })).default([]),
});

export type ParsedIdl = { readonly idl: AnchorIdl } | { readonly problems: readonly string[] };

/**
 * Reads an IDL. Types that decoding does not support (enums, nested types) are left out; mapping-checks.ts
 * reports a mapped event that needs one.
 * @returns the IDL, or what is wrong with it
 */
export function parseIdl(json: unknown): ParsedIdl {
  const result = idlFile.safeParse(json);
  if (!result.success) {
    const old = typeof json === 'object' && json !== null && !('metadata' in json) && 'name' in json;
    if (old)
      return {
        problems: [
          'this is an IDL of Anchor before 0.30, without discriminators: convert it with `anchor idl convert`',
        ],
      };
    return {
      problems: result.error.issues.map((issue) => `${issue.path.join('.') || '(top)'}: ${issue.message}`),
    };
  }
  const { address, metadata, instructions, events, types } = result.data;
  return {
    idl: {
      address,
      metadata,
      instructions: instructions.map((item) => ({ ...item, accounts: item.accounts.flatMap(leaves) })),
      events,
      types: types.flatMap((item) => {
        const type = struct.safeParse(item.type);
        return type.success ? [{ name: item.name, type: type.data }] : [];
      }),
    },
  };
}

/** An instruction lists the accounts of a group one after the other, so groups are flattened in order. */
function leaves(item: AccountItem): { name: string; signer?: boolean | undefined }[] {
  return item.accounts ? item.accounts.flatMap(leaves) : [{ name: item.name, signer: item.signer }];
}
