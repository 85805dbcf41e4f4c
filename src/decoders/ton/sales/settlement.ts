/**
 * What an item's transfer out of a sale, auction or offer contract means: the sale, from the contract's data
 * and its pay-outs.
 */
import type { TonMessage, TonTransaction } from '../../../chains/ton/transaction.js';
import type { Fees, JsonObject, Movement, Price } from '../../../events/event.js';
import type { TonContext } from '../context.js';
import type { SaleFacts } from '../contract-facts.js';
import { readNotification } from '../jetton/messages.js';
import { decimalsOf, movementsOf } from '../jetton/wallets.js';
import { readPreviousOwner } from '../nft/messages.js';
import { JETTON, NFT } from '../ops.js';
import { NANO, TON } from '../part.js';
import { readPayouts } from '../staking/money.js';
import { jettonPayouts, takenDeposit } from './jettons.js';
import { marketplaceAt } from './marketplaces.js';

export interface Settlement {
  readonly seller: string;
  readonly price: Price;
  readonly fees: Fees;
  readonly marketplace: string;
  readonly details: JsonObject;
  /** Where jettons paid: all movements of followed jettons for the sale. */
  readonly jettons?: readonly Movement[];
}

/** What a contract sent to whom as part of a settlement. */
interface Paid {
  readonly destination: string | null;
  readonly value: bigint;
}

/**
 * @param contract context of the transaction in which the contract gave the item away
 * @returns null when nothing was sold: the item goes back, or the pay-outs contradict the data
 */
export function settle(
  contract: TonContext,
  sale: SaleFacts,
  item: string,
  newOwner: string | null,
): Settlement | null {
  const { transaction } = contract;
  const seller = sale.kind === 'offer' ? givenBy(transaction, item) : sale.owner;
  if (seller === null || newOwner === seller) return null;
  if (sale.kind === 'offer' && newOwner !== sale.owner) return null;
  const payment = transaction.inMessage;
  const inJettons =
    payment?.opcode === JETTON.notification || (sale.price === null && sale.jettonPrices !== undefined);
  const paid: readonly Paid[] = inJettons
    ? readPayouts(contract).map(({ to, amount }) => ({ destination: to, value: amount }))
    : payouts(transaction, item);
  const price = inJettons
    ? priceInJettons(contract, sale)
    : sale.price === null
      ? null
      : { amount: sale.price, currency: TON, decimals: NANO };
  // The fee amounts in the data are those of the price in TON.
  const terms = inJettons ? { ...sale, fee: null, royalty: null } : sale;
  if (price === null || !isPaid(terms, price.amount, paid, seller)) return null;
  const deposit = inJettons ? takenDeposit(contract) : null;
  const payer = deposit?.from ?? (payment?.kind === 'internal' && !inJettons ? payment.source : null);
  const details = {
    saleKind: sale.kind,
    saleContract: transaction.account,
    ...(sale.marketplaceAddress !== null && { marketplaceAddress: sale.marketplaceAddress }),
    ...(payer !== null && payer !== newOwner && payer !== seller && { payer }),
  };
  const settlement = {
    seller,
    price,
    fees: feesOf(terms, paid, seller),
    marketplace: sale.marketplace,
    details,
  };
  if (!inJettons) return settlement;
  const jettons = [
    ...(deposit === null ? [] : movementsOf(deposit)),
    ...jettonPayouts(contract).flatMap(({ movements }) => movements),
  ];
  return { ...settlement, jettons };
}

/** Who sent the item to an offer, which accepts the offer. */
function givenBy({ inMessage }: TonTransaction, item: string): string | null {
  return inMessage?.source === item ? readPreviousOwner(inMessage) : null;
}

/** The plain TON that the contract sent, in order, except to the item, which is gas. */
function payouts({ outMessages }: TonTransaction, item: string): TonMessage[] {
  return outMessages.filter(
    ({ destination, opcode }) =>
      destination !== null && destination !== item && (opcode === null || opcode === 0),
  );
}

/**
 * Anybody can write a contract that names a price, so unless its code is known the seller must have been
 * paid.
 */
function isPaid(
  { codeKnown, fee, royalty }: SaleFacts,
  price: bigint,
  paid: readonly Paid[],
  seller: string,
): boolean {
  const got = paid
    .filter(({ destination }) => destination === seller)
    .reduce((sum, { value }) => sum + value, 0n);
  return codeKnown || got >= price - (fee ?? price / 4n) - (royalty ?? price / 4n);
}

/**
 * The price for the jetton wallet that paid, or the only price. The wallet has to be the contract's own, of
 * the jetton that the data names.
 */
function priceInJettons(contract: TonContext, sale: SaleFacts): Price | null {
  const { inMessage, account } = contract.transaction;
  const notification = inMessage && readNotification(inMessage);
  const prices = Object.entries(sale.jettonPrices ?? {});
  const [wallet, price] =
    prices.find(([key]) => key === inMessage?.source) ?? (prices.length === 1 ? prices[0] : undefined) ?? [];
  if (wallet === undefined || price === undefined) return null;
  if (
    sale.kind === 'fix-price' &&
    (notification === null || inMessage?.source !== wallet || notification.amount < price.amount)
  )
    return null;
  const facts = contract.know.jettonWallet(wallet);
  if (facts?.owner !== account || facts.master !== price.master) return null;
  const { decimals = 0 } = decimalsOf(contract, price.master) as { readonly decimals?: number };
  return { amount: price.amount, currency: price.master, decimals };
}

/**
 * Fees by the addresses in the data. Where it names none, what a known marketplace got is the fee and the
 * rest the royalty.
 */
function feesOf({ feeAddress, fee, royaltyAddress }: SaleFacts, paid: readonly Paid[], seller: string): Fees {
  let marketplace: bigint | undefined;
  let royalty: bigint | undefined;
  for (const { destination, value } of paid) {
    if (destination === null || destination === seller || value === 0n) continue;
    const both = feeAddress !== null && feeAddress === royaltyAddress && destination === feeAddress;
    const isFee = both
      ? marketplace === undefined && (fee === null || fee === value)
      : feeAddress === null
        ? marketplaceAt(destination) !== undefined
        : destination === feeAddress;
    if (isFee) marketplace = (marketplace ?? 0n) + value;
    else if (royaltyAddress === null || destination === royaltyAddress) royalty = (royalty ?? 0n) + value;
  }
  return { ...(marketplace !== undefined && { marketplace }), ...(royalty !== undefined && { royalty }) };
}

/**
 * The sale by a contract that no form fits: it was paid, gave the item away and paid somebody else out of
 * that. The price is what it paid out; its own gas and the payer's change are not in it. null when it does
 * not look like a sale.
 */
export function inferSettlement(context: TonContext, newOwner: string | null): Settlement | null {
  const { parent, transaction } = context;
  const payment = parent?.inMessage;
  if (
    parent == null ||
    newOwner === null ||
    payment?.kind !== 'internal' ||
    payment.bounced ||
    payment.source === null
  )
    return null;
  // A wallet that does as its owner's message says, or an item that came in, is no sale.
  if (
    payment.opcode === NFT.ownershipAssigned ||
    payment.opcode === JETTON.notification ||
    payment.value === 0n
  )
    return null;
  const paid = payouts(parent, transaction.account).filter(
    ({ destination }) => destination !== payment.source && destination !== newOwner,
  );
  const [largest] = [...paid].sort((a, b) => (a.value < b.value ? 1 : a.value > b.value ? -1 : 0));
  const total = paid.reduce((sum, { value }) => sum + value, 0n);
  if (largest?.destination == null || total * 2n < payment.value || total > payment.value * 2n) return null;
  const others = paid.filter((message) => message !== largest && message.destination !== largest.destination);
  const fees = feesOf(
    { feeAddress: null, fee: null, royaltyAddress: null } as SaleFacts,
    others,
    largest.destination,
  );
  return {
    seller: largest.destination,
    price: { amount: total, currency: TON, decimals: NANO },
    fees,
    marketplace:
      others.map(({ destination }) => marketplaceAt(destination ?? '')).find((name) => name !== undefined) ??
      'unknown',
    details: {
      inferred: true,
      saleContract: parent.account,
      ...(payment.source !== newOwner && { payer: payment.source }),
    },
  };
}
