/**
 * Applies one mapping to one emitted event: the draft of a canonical event, and the token effects that it
 * explains.
 */
import type { Building } from '../../../events/building.js';
import type { ChainEvent, Fees, NftDescription, StakeTerms } from '../../../events/event.js';
import type { Claim, Draft, Emission } from '../decoder.js';
import { NATIVE } from '../effect.js';
import type { EventMapping, SolanaFollow } from '../follow.js';
import type { ProgramLayout } from './layouts.js';
import type { ValueReader } from './values.js';

const MONTH_SECONDS = 30 * 86_400;

type Parties = { readonly from?: string | undefined; readonly to?: string | undefined };

/** @throws ValueMissing when the transaction lacks a value that the mapping needs */
export function draftEvent(
  mapping: EventMapping,
  values: ValueReader,
  base: Pick<ChainEvent, 'outcome' | 'decoder' | 'decoderVersion' | 'details'>,
  program: ProgramLayout,
  follow: SolanaFollow,
  emission: Emission,
): Draft {
  const token = 'token' in mapping.asset ? tokenBySymbol(follow, mapping.asset.token) : undefined;
  const asset =
    'token' in mapping.asset
      ? ({ kind: 'token', address: token?.mint ?? mapping.asset.token } as const)
      : ({ kind: 'nft', address: values.text(mapping.asset.nft) } as const);
  const from = mapping.from && values.party(mapping.from);
  const to = mapping.to && values.party(mapping.to);
  const amount = asset.kind === 'nft' ? 1n : mapping.amount && values.amount(mapping.amount);
  const price = mapping.price && readPrice(mapping.price, values, follow);
  const fees = mapping.fees && readFees(mapping.fees, values);
  const event: Building<ChainEvent> = {
    eventIndex: emission.eventIndex,
    kind: mapping.kind,
    ...base,
    asset,
  };
  if (from) event.from = from.wallet;
  if (to) event.to = to.wallet;
  if (amount !== undefined) event.amount = amount;
  event.decimals = asset.kind === 'nft' ? 0 : (token?.decimals ?? 0);
  if (price) event.price = price;
  if (fees) event.fees = fees;
  if (mapping.marketplace !== undefined) event.marketplace = mapping.marketplace;
  const nft = nftOf(mapping, values, program, asset.kind);
  if (nft) event.nft = nft;
  const stake = stakeOf(mapping, values, program);
  if (stake) event.stake = stake;
  if (mapping.repriceOnly) event.repriceOnly = true;
  const claims = claimsOf(event, { from: from?.account, to: to?.account });
  return { event, ordinal: emission.instruction.ordinal, claims };
}

/** The followed token that the network file gives this symbol; undefined: none. */
export function tokenBySymbol(follow: SolanaFollow, symbol: string) {
  return follow.tokens.find((token) => token.symbol === symbol);
}

function readPrice(price: NonNullable<EventMapping['price']>, values: ValueReader, follow: SolanaFollow) {
  const amount = values.amount(price.amount);
  if (price.currency === 'moved') return { amount, currency: 'moved', decimals: 0 };
  if (price.currency === NATIVE) return { amount, currency: NATIVE, decimals: 9 };
  const token = tokenBySymbol(follow, price.currency);
  return { amount, currency: token?.mint ?? price.currency, decimals: token?.decimals ?? 0 };
}

function readFees(fees: NonNullable<EventMapping['fees']>, values: ValueReader): Fees {
  return {
    ...(fees.marketplace && { marketplace: values.amount(fees.marketplace) }),
    ...(fees.royalty && { royalty: values.amount(fees.royalty) }),
  };
}

function nftOf(
  mapping: EventMapping,
  values: ValueReader,
  program: ProgramLayout,
  kind: 'nft' | 'token',
): NftDescription | undefined {
  if (kind !== 'nft' || (mapping.nft === undefined && mapping.kind !== 'mint')) return undefined;
  const { name, uri, creator, collection, royaltyPercent } = mapping.nft ?? {};
  return {
    contract: program.address,
    ...(collection && { collection: values.text(collection) }),
    ...(creator && { creator: values.party(creator).wallet }),
    ...(name && { name: values.text(name) }),
    ...(uri && { uri: values.text(uri) }),
    ...(royaltyPercent && { royaltyBasisPoints: Math.round(values.number(royaltyPercent) * 100) }),
  };
}

function stakeOf(mapping: EventMapping, values: ValueReader, program: ProgramLayout): StakeTerms | undefined {
  if (mapping.kind !== 'stake' && mapping.kind !== 'unstake' && mapping.kind !== 'claim') return undefined;
  const { lockSeconds, lockMonths, apy } = mapping.stake ?? {};
  const lock = lockSeconds
    ? values.number(lockSeconds)
    : lockMonths
      ? values.number(lockMonths) * MONTH_SECONDS
      : undefined;
  return {
    pool: program.address,
    ...(lock !== undefined && { lockSeconds: lock }),
    ...(apy && { apy: values.number(apy) }),
  };
}

/**
 * The effects that an event of this kind explains. `from` and `to` are token accounts where the event names
 * them, else wallets.
 */
export function claimsOf(event: ChainEvent, { from, to }: Parties): Claim[] {
  const { asset } = event;
  switch (event.kind) {
    case 'sale':
      return event.price === undefined
        ? [wholeWay(asset.address, MOVED_OR_MADE)]
        : [wholeWay(asset.address, MOVED_OR_MADE), paid(event, event.price, to)];
    case 'stake':
      return [money(event, ['transfer', 'burn'], from, undefined)];
    case 'unstake':
    case 'claim':
      return [money(event, MOVED_OR_MADE, undefined, from)];
    case 'mint':
      return [money(event, ['mint'], undefined, to)];
    case 'burn':
      return [money(event, ['burn'], from, undefined)];
    case 'transfer':
      return [money(event, ['transfer'], from, to)];
    case 'list':
    case 'delist':
      return asset.kind === 'nft' && !event.repriceOnly ? [wholeWay(asset.address, ['transfer'])] : [];
    case 'update':
      return [];
  }
}

const MOVED_OR_MADE: Claim['kinds'] = ['transfer', 'mint'];

function wholeWay(asset: string, kinds: Claim['kinds']): Claim {
  return { kinds, asset, take: 'all' };
}

function money(
  event: ChainEvent,
  kinds: Claim['kinds'],
  source: string | undefined,
  destination: string | undefined,
): Claim {
  const claim: Building<Claim> = { asset: event.asset.address, take: 'one', kinds };
  if (event.amount !== undefined) claim.amount = event.amount;
  if (source !== undefined) claim.source = source;
  if (destination !== undefined) claim.destination = destination;
  return claim;
}

function paid(
  event: ChainEvent,
  { amount, currency }: NonNullable<ChainEvent['price']>,
  buyer: string | undefined,
): Claim {
  const { marketplace = 0n, royalty = 0n } = event.fees ?? {};
  const alternatives = [amount + marketplace, amount + royalty, amount + marketplace + royalty];
  const claim: Building<Claim> = {
    kinds: ['transfer'],
    amount,
    alternatives,
    take: 'payment',
    decidesPrice: true,
  };
  if (currency !== 'moved') claim.asset = currency;
  if (buyer !== undefined) claim.source = buyer;
  return claim;
}
