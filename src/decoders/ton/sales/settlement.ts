/** What an item's transfer out of a sale, auction or offer contract tells: the sale, from the contract's data and its pay-outs. */
import type { TonMessage, TonTransaction } from '../../../chains/ton/transaction.js';
import type { Fees, JsonObject, Price } from '../../../events/event.js';
import type { TonContext } from '../context.js';
import { decimalsOf } from '../jetton/wallets.js';
import type { SaleFacts } from '../knowledge.js';
import { readPreviousOwner } from '../nft/messages.js';
import { JETTON, NFT } from '../ops.js';
import { NANO, TON } from '../part.js';
import { isMarketplaceAddress } from './marketplaces.js';

export interface Settlement {
  readonly seller: string;
  readonly price: Price;
  readonly fees: Fees;
  readonly marketplace: string;
  readonly details: JsonObject;
}

/**
 * @param context of the item's transaction, whose parent is the contract's
 * null: nothing was sold (the item goes back, or the pay-outs contradict the data).
 */
export function settle(context: TonContext, sale: SaleFacts, newOwner: string | null): Settlement | null {
  const { parent } = context;
  if (parent === null) return null;
  const seller = sale.kind === 'offer' ? givenBy(parent, context.transaction.account) : sale.owner;
  if (seller === null || newOwner === seller) return null;
  if (sale.kind === 'offer' && newOwner !== sale.owner) return null;
  const paid = payouts(parent, context.transaction.account);
  const price = priceOf(context, sale, parent, paid, seller);
  if (price === null) return null;
  const payer = parent.inMessage?.kind === 'internal' ? parent.inMessage.source : null;
  const details = {
    saleKind: sale.kind,
    saleContract: parent.account,
    ...(sale.marketplaceAddress !== null && { marketplaceAddress: sale.marketplaceAddress }),
    ...(payer !== null && payer !== newOwner && payer !== seller && { payer }),
  };
  return { seller, price, fees: feesOf(sale, paid, seller), marketplace: sale.marketplace, details };
}

/** An offer is taken by sending it the item. */
function givenBy({ inMessage }: TonTransaction, item: string): string | null {
  return inMessage?.source === item ? readPreviousOwner(inMessage) : null;
}

/** Plain TON that the contract sent, in order; what goes to the item is gas. */
function payouts({ outMessages }: TonTransaction, item: string): TonMessage[] {
  return outMessages.filter(({ destination, opcode }) => destination !== null && destination !== item && (opcode === null || opcode === 0));
}

function priceOf(context: TonContext, sale: SaleFacts, parent: TonTransaction, paid: readonly TonMessage[], seller: string): Price | null {
  const payment = parent.inMessage;
  const inJettons =
    payment?.opcode === JETTON.notification || (sale.price === null && sale.jettonPrices !== undefined) ? jettonPrice(sale, payment) : null;
  if (inJettons !== null) {
    const { decimals = 0 } = decimalsOf(context, inJettons.master) as { readonly decimals?: number };
    return { amount: inJettons.amount, currency: inJettons.master, decimals };
  }
  if (sale.price === null) return null;
  const got = paid.filter(({ destination }) => destination === seller).reduce((sum, { value }) => sum + value, 0n);
  // Anybody can write a contract that names a price: unless its code is known, the seller must have got it.
  const owed = sale.price - (sale.fee ?? sale.price / 4n) - (sale.royalty ?? sale.price / 4n);
  if (!sale.codeKnown && got < owed) return null;
  return { amount: sale.price, currency: TON, decimals: NANO };
}

function jettonPrice(sale: SaleFacts, payment: TonMessage | null): { readonly master: string; readonly amount: bigint } | null {
  const prices = sale.jettonPrices ?? {};
  const paidFrom = payment?.source == null ? undefined : prices[payment.source];
  if (paidFrom !== undefined) return paidFrom;
  const [only, second] = Object.values(prices);
  return only !== undefined && second === undefined ? only : null;
}

/** By the address that the data names; where it names none, a known marketplace's is the fee and any other the royalty. */
function feesOf({ feeAddress, fee, royaltyAddress }: SaleFacts, paid: readonly TonMessage[], seller: string): Fees {
  let marketplace: bigint | undefined;
  let royalty: bigint | undefined;
  for (const { destination, value } of paid) {
    if (destination === null || destination === seller || value === 0n) continue;
    const both = feeAddress !== null && feeAddress === royaltyAddress && destination === feeAddress;
    const isFee = both
      ? marketplace === undefined && (fee === null || fee === value)
      : feeAddress === null
        ? isMarketplaceAddress(destination)
        : destination === feeAddress;
    if (isFee) marketplace = (marketplace ?? 0n) + value;
    else if (royaltyAddress === null || destination === royaltyAddress) royalty = (royalty ?? 0n) + value;
  }
  return { ...(marketplace !== undefined && { marketplace }), ...(royalty !== undefined && { royalty }) };
}

/**
 * A contract that no form fits: it was paid, gave the item away and paid somebody else out of it. The price is what it paid out;
 * its own gas and the payer's change are not in it.
 */
export function inferSettlement(context: TonContext, newOwner: string | null): Settlement | null {
  const { parent, transaction } = context;
  const payment = parent?.inMessage;
  if (parent == null || newOwner === null || payment?.kind !== 'internal' || payment.bounced || payment.source === null) return null;
  // A wallet that does as its owner's message says, or an item that came in, is no sale.
  if (payment.opcode === NFT.ownershipAssigned || payment.opcode === JETTON.notification || payment.value === 0n) return null;
  const paid = payouts(parent, transaction.account).filter(({ destination }) => destination !== payment.source && destination !== newOwner);
  const [largest] = [...paid].sort((a, b) => (a.value < b.value ? 1 : a.value > b.value ? -1 : 0));
  const total = paid.reduce((sum, { value }) => sum + value, 0n);
  if (largest?.destination == null || total * 2n < payment.value || total > payment.value * 2n) return null;
  const others = paid.filter((message) => message !== largest && message.destination !== largest.destination);
  const fees = feesOf({ feeAddress: null, fee: null, royaltyAddress: null } as SaleFacts, others, largest.destination);
  return {
    seller: largest.destination,
    price: { amount: total, currency: TON, decimals: NANO },
    fees,
    marketplace: others.map(({ destination }) => destination ?? '').some(isMarketplaceAddress) ? 'getgems' : 'unknown',
    details: { inferred: true, saleContract: parent.account, ...(payment.source !== newOwner && { payer: payment.source }) },
  };
}
