/** Random but plausible decoded transactions, for the properties that reconcile must keep. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import type { ChainEvent, DecodedTransaction, Kind, Movement } from '../../src/events/event.js';
import type { ProjectionContext } from '../../src/projections/projection.js';

export const NDT = 'NdtMint1111111111111111111111111111111111111';
const OTHER = 'OtherMint11111111111111111111111111111111111';
const VAULT = 'vault';
const WALLETS = ['alice', 'bob', 'carol', 'dave', VAULT];
const NFTS = ['nft-1', 'nft-2', 'nft-3'];
const POOLS = ['ndt-program', 'staking-program'];

export const CONTEXT: ProjectionContext = {
  tokens: [
    { chain: 'solana', address: NDT, symbol: 'NDT', decimals: 9 },
    { chain: 'solana', address: OTHER, symbol: 'NDX22', decimals: 6 },
  ],
  platformToken: { solana: 'NDT', ton: 'NDT' },
};

interface Shape {
  readonly kind: Kind;
  readonly nft: boolean;
  readonly from: string;
  readonly to: string;
  readonly item: string;
  readonly other: boolean;
  readonly pool: string;
  readonly amount: bigint;
  readonly repriceOnly: boolean;
}

const shape: fc.Arbitrary<Shape> = fc.record({
  kind: fc.constantFrom<Kind>(
    'sale',
    'stake',
    'unstake',
    'claim',
    'mint',
    'burn',
    'transfer',
    'list',
    'delist',
    'update',
  ),
  nft: fc.boolean(),
  from: fc.constantFrom(...WALLETS),
  to: fc.constantFrom(...WALLETS),
  item: fc.constantFrom(...NFTS),
  other: fc.boolean(),
  pool: fc.constantFrom(...POOLS),
  amount: fc.bigInt(1n, 5_000_000_000n),
  repriceOnly: fc.boolean(),
});

function move(token: string, from: string | null, to: string | null, amount: bigint): Movement[] {
  const out: Movement[] = [];
  if (from) out.push({ token, account: `${from}-${token}`, owner: from, delta: -amount });
  if (to) out.push({ token, account: `${to}-${token}`, owner: to, delta: amount });
  return out;
}

/** Of some parts only, so that each part has to follow its own latest event. */
function updateOf({ amount, other, pool, nft }: Shape): NonNullable<ChainEvent['nft']> {
  const membership = { contract: 'Program', ...(other ? { collection: pool } : {}) };
  const parts = [
    membership,
    { name: `Renamed ${amount % 5n}` },
    { uri: `https://example.org/${amount % 7n}.json`, royaltyBasisPoints: 250 },
    { creators: [{ address: pool, share: 100 }], state: other ? ('frozen' as const) : ('free' as const) },
    { ...membership, updateAuthority: pool, uri: 'https://example.org/all.json' },
  ];
  return parts[Number(amount % 3n) + (nft ? 2 : 0)] ?? membership;
}

function build(input: Shape, at: number, failed: boolean): ChainEvent {
  const { kind, from, to, amount } = input;
  const base = {
    eventIndex: at * 4096,
    kind,
    outcome: failed ? ('failed' as const) : ('ok' as const),
    decoder: 'test',
    decoderVersion: 1,
  };
  const movements = (list: Movement[]) => (failed ? {} : { movements: list });
  const token = input.other && kind !== 'stake' && kind !== 'unstake' && kind !== 'claim' ? OTHER : NDT;
  const decimals = token === NDT ? 9 : 6;
  const asset = { kind: 'token' as const, address: token };
  const item = { kind: 'nft' as const, address: input.item };
  switch (kind) {
    case 'sale':
      return {
        ...base,
        asset: item,
        from,
        to,
        amount: 1n,
        decimals: 0,
        price: { amount, currency: token, decimals },
        fees: { marketplace: amount / 10n },
        ...movements([
          ...move(token, to, from, amount - amount / 10n),
          ...move(token, to, VAULT, amount / 10n),
        ]),
      };
    case 'list':
      return {
        ...base,
        asset: item,
        // A change of price may name nobody.
        ...(input.repriceOnly ? { repriceOnly: true as const } : { from }),
        amount: 1n,
        decimals: 0,
        price: { amount, currency: token, decimals },
      };
    case 'delist':
      return { ...base, asset: item, from, amount: 1n, decimals: 0 };
    case 'update':
      return {
        ...base,
        asset: item,
        ...(input.repriceOnly ? {} : { from }),
        amount: 1n,
        decimals: 0,
        nft: updateOf(input),
      };
    case 'stake':
      return {
        ...base,
        asset,
        from,
        amount,
        decimals,
        stake: { pool: input.pool, lockSeconds: 86_400 * 30, apy: 12 },
        ...movements(move(token, from, VAULT, amount)),
      };
    case 'unstake':
    case 'claim':
      return {
        ...base,
        asset,
        from,
        amount,
        decimals,
        stake: { pool: input.pool },
        ...movements(move(token, VAULT, from, amount)),
      };
    case 'mint':
      if (input.nft)
        return {
          ...base,
          asset: item,
          to,
          amount: 1n,
          decimals: 0,
          nft: { creator: from, name: `Track ${input.item} ${amount % 3n}`, royaltyBasisPoints: 500 },
        };
      return { ...base, asset, to, amount, decimals, ...movements(move(token, null, to, amount)) };
    case 'burn':
      if (input.nft) return { ...base, asset: item, from, amount: 1n, decimals: 0 };
      return { ...base, asset, from, amount, decimals, ...movements(move(token, from, null, amount)) };
    default:
      if (input.nft) return { ...base, asset: item, from, to, amount: 1n, decimals: 0 };
      return { ...base, asset, from, to, amount, decimals, ...movements(move(token, from, to, amount)) };
  }
}

export const BLOCKS = 24;
const START_TIME = 1_760_000_000;

/** Up to 40 transactions in blocks 1 to BLOCKS, several a block, one in eight of them failed. */
export const history: fc.Arbitrary<DecodedTransaction[]> = fc
  .array(
    fc.record({
      block: fc.integer({ min: 1, max: BLOCKS }),
      events: fc.array(shape, { minLength: 1, maxLength: 3 }),
      failed: fc.integer({ min: 0, max: 7 }),
    }),
    { minLength: 5, maxLength: 40 },
  )
  .map((list) => {
    const next = new Map<number, number>();
    return list.map(({ block, events, failed }, number) => {
      const transactionIndex = next.get(block) ?? 0;
      next.set(block, transactionIndex + 1);
      return {
        chain: 'solana' as const,
        block,
        blockTime: START_TIME + block,
        transactionIndex,
        transactionHash: createHash('sha256').update(`${number}`).digest('hex'),
        outcome: failed === 0 ? ('failed' as const) : ('ok' as const),
        signer: 'alice',
        networkFee: 5000n,
        gasUsed: 1234n,
        ...(failed === 0 ? { error: '{"InstructionError":[0,{"Custom":1}]}' } : {}),
        events: events.map((item, at) => build(item, at, failed === 0)),
      };
    });
  });
