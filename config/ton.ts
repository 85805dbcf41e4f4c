/**
 * The `ton` section of a network file: endpoints, and what is followed. Addresses in any form become raw
 * ones.
 */
import { z } from 'zod';
import { TON_ENDPOINT_KINDS, type TonEndpointConfig } from '../src/chains/ton/endpoints/config.js';
import type { CrossCheck } from '../src/chains/witness/shares.js';
import { LIQUID_KINDS, type TonFollow } from '../src/decoders/ton/follow.js';
import { parseTonAddress } from '../src/events/ton-address.js';
import { crossCheck } from './fields.js';

export interface TonNetwork {
  /**
   * Empty: the endpoints of the environment or the devnet are used. An endpoint without its own API key gets
   * TON_API_KEY.
   */
  readonly endpoints: readonly TonEndpointConfig[];
  /** Always final: a block that the masterchain has committed cannot be undone. */
  readonly commitment: 'final';
  /**
   * First masterchain seqno to index. Absent: the seqno that the chain has reached when the deployment first
   * starts.
   */
  readonly startBlock?: number | undefined;
  /** Which blocks are compared with what another endpoint says of them. */
  readonly crossCheck: CrossCheck;
  /** What the decoders follow. Only this part enters the fingerprint of coverage. */
  readonly follow: TonFollow;
  /** Staking contracts that can be asked what a wallet has staked. */
  readonly stakes: readonly TonStakes[];
}

export interface TonStakes {
  readonly pool: string;
  /** Name of the get-method: it takes the staker's address and returns base units. */
  readonly method: string;
  readonly decimals: number;
}

const address = z.string().transform((text, context) => {
  const raw = parseTonAddress(text);
  if (raw !== null) return raw;
  context.addIssue({
    code: 'custom',
    message: 'must be a TON address: `0:` and 64 hex digits, or the 48 character form',
  });
  return z.NEVER;
});

const op = z.union([
  z.int().min(0).max(0xffffffff),
  z
    .string()
    .regex(/^0x[0-9a-f]{1,8}$/i, { error: 'must be 32 bits, like 0x7362d09c' })
    .transform(Number),
]);

const layout = z.strictObject({
  via: z.enum(['jetton', 'direct']),
  op: op.optional(),
  fields: z
    .array(
      z.strictObject({
        name: z.string().min(1),
        type: z
          .string()
          .regex(/^(u?int:([1-9]|[1-9]\d|1\d\d|2[0-4]\d|25[0-6])|coins|address|bool|ref|maybe-ref)$/, {
            error: 'must be uint:BITS, int:BITS, coins, address, bool, ref or maybe-ref',
          }),
      }),
    )
    .default([]),
});

const follow = z.strictObject({
  jettons: z
    .array(
      z.strictObject({
        symbol: z.string().min(1).max(16),
        master: address,
        decimals: z.int().min(0).max(255),
      }),
    )
    .default([]),
  collections: z.array(address).default([]),
  items: z.array(address).default([]),
  staking: z
    .array(
      z.strictObject({
        name: z.string().min(1),
        address,
        jetton: z.string().min(1),
        staked: z.string().min(1).optional(),
        messages: z.strictObject({
          stake: layout.optional(),
          unstake: layout.optional(),
          claim: layout.optional(),
        }),
      }),
    )
    .default([]),
  // Without a default: a file that names none stays what it was read under.
  liquidStaking: z
    .array(
      z.strictObject({
        name: z.string().min(1),
        kind: z.enum(LIQUID_KINDS),
        pool: address,
        jetton: z.string().min(1),
      }),
    )
    .optional(),
  all: z.boolean().default(false),
});

export const tonSection = z
  .strictObject({
    endpoints: z
      .array(
        z
          .strictObject({
            kind: z.enum(TON_ENDPOINT_KINDS),
            url: z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }),
            requestsPerSecond: z.number().positive().optional(),
            apiKey: z.string().min(1).optional(),
          })
          .transform(({ apiKey, ...rest }) => ({
            ...rest,
            ...(apiKey === undefined ? {} : { headers: { 'x-api-key': apiKey } }),
          })),
      )
      .default([]),
    commitment: z.literal('final').default('final'),
    startBlock: z.int().min(1).optional(),
    crossCheck,
    follow: follow.prefault({}),
  })
  .transform(({ follow: { staking, ...followed }, ...section }) => ({
    ...section,
    follow: { ...followed, staking: staking.map(({ staked: _, ...contract }) => contract) },
    // Only verify uses these, so adding them later does not make coverage stale.
    stakes: staking.flatMap(({ address: pool, staked: method, jetton }) => {
      const decimals = followed.jettons.find(({ symbol }) => symbol === jetton)?.decimals;
      return method === undefined || decimals === undefined ? [] : [{ pool, method, decimals }];
    }),
  }));

/** Finds mistakes that the schema of the section cannot rule out. */
export function checkTon(
  { follow: { jettons, staking, liquidStaking = [] } }: z.output<typeof tonSection>,
  platformToken: string | undefined,
): string[] {
  const unknown = (list: string, contracts: readonly { readonly jetton: string }[]): string[] =>
    contracts.flatMap(({ jetton }, index) =>
      jettons.some(({ symbol }) => symbol === jetton)
        ? []
        : [`ton.follow.${list}[${index}].jetton: no jetton with the symbol ${jetton} in ton.follow.jettons`],
    );
  const problems = [...unknown('staking', staking), ...unknown('liquidStaking', liquidStaking)];
  liquidStaking.forEach(({ kind, pool, jetton }, index) => {
    const master = jettons.find(({ symbol }) => symbol === jetton)?.master;
    if (kind === 'bemo' && master !== undefined && master !== pool)
      problems.push(
        `ton.follow.liquidStaking[${index}].pool: bemo's pool is the master of its jetton, ${master}`,
      );
  });
  if (jettons.length > 0 && platformToken && !jettons.some(({ symbol }) => symbol === platformToken))
    problems.push(`platformToken: no jetton with the symbol ${platformToken} in ton.follow.jettons`);
  return problems;
}
