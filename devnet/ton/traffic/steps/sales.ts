/**
 * Steps of the marketplace: getgems' fix-price sale and our auction. A listing is the item's move into the
 * sale contract, its end the move back.
 */
import { Address } from '@ton/core';
import { FEE_PERCENT, MARKET, ROYALTY_PERCENT } from '../../contracts/addresses.js';
import * as bodies from '../../contracts/bodies.js';
import { AUCTION_BID_GAS, auction, type Contract, sale } from '../../contracts/contracts.js';
import { OPS } from '../../contracts/ops.js';
import { rawOf } from '../../contracts/wallets.js';
import type { Expected, ExpectedEvent, Offer, StepRules } from '../model.js';
import { at, checks, events, GAS, nft, TON } from './common.js';
import { collectionOf } from './items.js';

/** What the sale contract asks for beyond the price. */
const SALE_GAS = TON + TON / 10n;

interface Listing {
  readonly item: string;
  readonly collection: number;
  readonly offer: Offer;
}

/** The sale contract or auction of an item. */
function offerContract({ item, collection, offer }: Listing): Contract {
  const royaltyAddress = collectionOf(collection).owner.address;
  const common = {
    marketplace: MARKET.address,
    item: Address.parseRaw(item),
    feeAddress: MARKET.address,
    royaltyAddress,
  };
  if (offer.is === 'sale') return sale({ ...common, ...offer });
  return auction({ ...common, ...offer, feePercent: FEE_PERCENT, royaltyPercent: ROYALTY_PERCENT });
}

const moved = (item: string) => at(item, OPS.itemTransfer);
const percent = (amount: bigint, of: number): bigint => (amount * BigInt(of)) / 100n;

function sold(
  item: string,
  seller: string,
  buyer: string,
  price: bigint,
  marketplace: bigint,
  royalty: bigint,
): ExpectedEvent {
  const parties = { from: seller, to: buyer, amount: 1n };
  return {
    kind: 'sale',
    at: moved(item),
    asset: nft(item),
    ...parties,
    price: { amount: price, currency: 'TON' },
    fees: { marketplace, royalty },
    movements: [],
  };
}

const soldByAuction = (item: string, seller: string, winner: string, bid: bigint): Expected =>
  events(sold(item, seller, winner, bid, percent(bid, FEE_PERCENT), percent(bid, ROYALTY_PERCENT)));

export const saleSteps: StepRules<'offer' | 'list' | 'delist' | 'buy' | 'bid' | 'finish'> = {
  offer: {
    build(step) {
      const { address, init } = offerContract(step);
      return { sender: MARKET.label, messages: [{ to: address, nanotons: TON / 2n, init }] };
    },
    expect: (step) => checks(at(rawOf(offerContract(step).address), null)),
  },
  list: {
    build(step, { wallet, query }) {
      const body = bodies.itemTransfer(
        query,
        offerContract(step).address,
        wallet(step.seller).address,
        TON / 20n,
      );
      return { sender: step.seller, messages: [{ to: Address.parseRaw(step.item), nanotons: GAS, body }] };
    },
    expect(step, { wallet }) {
      const price =
        step.offer.is === 'sale' ? { price: { amount: step.offer.price, currency: 'TON' as const } } : {};
      const from = wallet(step.seller).raw;
      const contract = rawOf(offerContract(step).address);
      return {
        events: [
          {
            kind: 'list',
            at: moved(step.item),
            asset: nft(step.item),
            from,
            amount: 1n,
            ...price,
            movements: [],
          },
        ],
        checks: [at(contract, OPS.ownershipAssigned)],
      };
    },
  },
  delist: {
    build(step, { query }) {
      const body = step.offer.is === 'sale' ? bodies.saleCancel(query) : bodies.auctionCancel();
      return {
        sender: step.seller,
        messages: [{ to: offerContract(step).address, nanotons: SALE_GAS, body }],
      };
    },
    expect: ({ item, seller }, { wallet }) =>
      events({
        kind: 'delist',
        at: moved(item),
        asset: nft(item),
        from: wallet(seller).raw,
        amount: 1n,
        movements: [],
      }),
  },
  buy: {
    build(step, { query }) {
      const nanotons = step.offer.price + SALE_GAS;
      return {
        sender: step.buyer,
        messages: [{ to: offerContract(step).address, nanotons, body: bodies.saleBuy(query) }],
      };
    },
    expect: ({ item, seller, buyer, offer }, { wallet }) =>
      events(sold(item, wallet(seller).raw, wallet(buyer).raw, offer.price, offer.fee, offer.royalty)),
  },
  /** A bid of the auction's most ends it at once. */
  bid: {
    build: (step) => ({
      sender: step.bidder,
      messages: [{ to: offerContract(step).address, nanotons: step.amount + AUCTION_BID_GAS }],
    }),
    expect(step, { wallet }) {
      const { item, seller, bidder, amount, offer } = step;
      if (amount >= offer.maxBid) return soldByAuction(item, wallet(seller).raw, wallet(bidder).raw, amount);
      return checks(at(rawOf(offerContract(step).address), null));
    },
  },
  finish: {
    build: (step) => ({
      sender: step.by,
      messages: [{ to: offerContract(step).address, nanotons: GAS, body: bodies.auctionFinish() }],
    }),
    expect: ({ item, seller, winner, amount }, { wallet }) =>
      soldByAuction(item, wallet(seller).raw, wallet(winner).raw, amount),
  },
};
