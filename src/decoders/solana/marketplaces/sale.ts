/** Reads the sale of one NFT: its parties, its price and where the money went. */
import type { ChainEvent, Fees, JsonObject, Price } from '../../../events/event.js';
import { isOnCurve } from '../address/curve.js';
import type { DecodeContext } from '../decoder.js';
import { type Effect, NATIVE } from '../effect.js';
import { NATIVE_MINT } from '../programs.js';
import { TREASURIES } from './markets.js';
import type { Flow } from './money/flows.js';
import { directPayments, largestReceiver, type Payments, paymentsOf } from './money/payments.js';
import { rentReceiver } from './money/rent.js';
import type { StatedPrice } from './money/stated-price.js';
import { isNftLike } from './nft-like.js';
import type { Span } from './spans.js';

export interface SaleHints {
  /** Parties that the instruction names; used where the NFT comes out of an escrow or goes into one. */
  readonly buyer?: string | undefined;
  readonly seller?: string | undefined;
  readonly feeAccount?: string | undefined;
  /** Accounts of the instruction. Where lamports moved without a transfer, some of these gained them. */
  readonly accounts?: readonly string[];
  /** Price that the program itself states. */
  readonly stated?: StatedPrice | null;
  /** Price in the instruction's data, in base units. */
  readonly argument?: bigint | undefined;
  /** The instruction is known to sell: then any gain of an account is a payment. */
  readonly sells?: boolean;
}

export interface Sale {
  readonly buyer: string;
  readonly seller: string | undefined;
  readonly payments: Payments | null;
  readonly facts: Pick<ChainEvent, 'price' | 'fees' | 'details'>;
}

/** Lamports. Less than this, moved by a program itself, is the rent of accounts that it closed. */
const RENT = 10_000_000n;

/**
 * Lamports by which the price in an instruction may exceed what was paid: programs that split it in floating
 * point lose some.
 */
const ROUNDING = 10n;

/**
 * @param effects those of the span
 * @param opened accounts whose lamports are rent, as openedAccounts
 * @param share which of how many NFTs this is, that the payments of the span are for
 */
export function readSale(
  flow: Flow,
  span: Span,
  effects: readonly Effect[],
  opened: ReadonlySet<string>,
  hints: SaleHints,
  context: DecodeContext,
  share: { readonly index: number; readonly count: number },
): Sale {
  const isMoney = (effect: Effect) =>
    effect.asset !== flow.asset && effect.standard === undefined && !isNftLike(effect, context);
  const { from, to } = flow;
  const buyer = hints.buyer !== undefined && !isOnCurve(to) ? hints.buyer : to;
  const direct = directPayments(context.direct, hints.accounts ?? [], opened, buyer, hints.sells ? 0n : RENT);
  const first = paymentsOf(effects, opened, buyer, undefined, isMoney) ?? direct;
  const seller = sellerOf(from, buyer, first, rentReceiver(flow, span, context), hints.seller);
  const payments = paymentsOf(effects, opened, buyer, seller, isMoney) ?? direct;
  const payouts = payments?.received ?? new Map<string, bigint>();
  const price = priceOf(payments, hints, share, context);
  const fees =
    hints.stated?.marketplaceFee === undefined
      ? feesOf(payouts, payments, seller, hints)
      : statedFees(hints.stated);
  const details = payoutDetails(payouts, fees, seller);
  return {
    ...{ buyer, seller, payments },
    facts: { ...(price && { price }), ...(fees && { fees }), ...(details && { details }) },
  };
}

function sellerOf(
  from: string,
  buyer: string,
  payments: Payments | null,
  rentTo: string | undefined,
  hint: string | undefined,
): string | undefined {
  if (
    isOnCurve(from) &&
    (payments === null || payments.received.has(from) || hint === undefined || hint === from)
  )
    return from;
  const paid = (party: string | undefined) => party !== undefined && payments?.received.has(party) === true;
  const escrowTo = rentTo !== undefined && rentTo !== buyer && paid(rentTo) ? rentTo : undefined;
  if (hint !== undefined && hint !== buyer && (paid(hint) || escrowTo === undefined)) return hint;
  if (escrowTo !== undefined) return escrowTo;
  // Direct payments are those of the whole transaction: here the seller takes his own NFT back before he
  // sells it elsewhere.
  if (hint === buyer && payments?.effects.length === 0) return hint;
  // An escrow or vault that held the NFT is the seller only where it got most of the money: vaults get fees
  // too.
  return payments === null ? hint : (largestReceiver(payments) ?? hint);
}

function priceOf(
  payments: Payments | null,
  { stated, argument }: SaleHints,
  share: { readonly index: number; readonly count: number },
  context: DecodeContext,
): Price | undefined {
  if (stated) {
    const currency =
      stated.currency === undefined || stated.currency === NATIVE_MINT
        ? (payments?.currency ?? NATIVE)
        : stated.currency;
    return { amount: stated.amount, currency, decimals: decimalsOf(currency, payments, context) };
  }
  const total = payments?.total ?? 0n;
  const currency = payments?.currency ?? NATIVE;
  const decimals = payments?.decimals ?? 9;
  // Fees and royalties on top never double a price, so an argument further off is no price.
  const believable =
    argument !== undefined &&
    argument > 0n &&
    (total === 0n || (argument <= total + ROUNDING && argument * 2n >= total));
  if (believable && share.count === 1) return { amount: argument, currency, decimals };
  if (total === 0n) return undefined;
  const part = total / BigInt(share.count);
  return { amount: share.index === 0 ? total - part * BigInt(share.count - 1) : part, currency, decimals };
}

function decimalsOf(currency: string, payments: Payments | null, context: DecodeContext): number {
  if (payments?.currency === currency) return payments.decimals;
  return currency === NATIVE ? 9 : (context.accounts.decimalsOf(currency) ?? 0);
}

function statedFees(stated: StatedPrice): Fees {
  return {
    ...(stated.marketplaceFee !== undefined && { marketplace: stated.marketplaceFee }),
    ...(stated.royalty !== undefined && { royalty: stated.royalty }),
  };
}

/**
 * Fees by the accounts that take them. Without a known fee account, fee and royalty cannot be told apart:
 * then the payouts stand in the details. A seller who takes an offer may pay the marketplace himself.
 */
function feesOf(
  payouts: ReadonlyMap<string, bigint>,
  payments: Payments | null,
  seller: string | undefined,
  { feeAccount, stated: told }: SaleHints,
): Fees | undefined {
  if (payouts.size === 0) return undefined;
  const own = payments?.effects.filter(({ source, destination }) => source?.owner === destination?.owner);
  const ownTreasuries = new Set(own?.map(({ destination }) => destination?.account));
  const isFee = (account: string) =>
    account === feeAccount || TREASURIES.has(account) || ownTreasuries.has(account);
  const stated = told?.royalty;
  let marketplace = 0n;
  let royalty = 0n;
  let known = feeAccount !== undefined || stated !== undefined;
  for (const [account, amount] of payouts) {
    if (account === seller) continue;
    if (isFee(account)) {
      marketplace += amount;
      known = true;
    } else royalty += amount;
  }
  if (stated !== undefined) {
    const others = marketplace + royalty;
    marketplace = others > stated ? others - stated : 0n;
    royalty = stated;
  }
  for (const [account, amount] of payments?.bySeller ?? []) if (isFee(account)) marketplace += amount;
  return known ? { marketplace, royalty } : undefined;
}

function payoutDetails(
  payouts: ReadonlyMap<string, bigint>,
  fees: Fees | undefined,
  seller: string | undefined,
): JsonObject | undefined {
  if (fees !== undefined) return undefined;
  const others = [...payouts].filter(([account]) => account !== seller);
  if (others.length === 0) return undefined;
  return { payouts: Object.fromEntries(others.map(([account, amount]) => [account, amount.toString()])) };
}
