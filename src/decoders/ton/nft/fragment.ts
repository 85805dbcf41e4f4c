/**
 * Fragment's items (usernames, numbers, gifts; github.com/TelegramMessenger/telemint): they auction
 * themselves. The winner's ownership_assigned carries the bid; the pay-outs (fill_up) are the royalty first,
 * then the seller's.
 */
import type { TonContext } from '../context.js';
import type { ItemFacts } from '../contract-facts.js';
import { TELEITEM } from '../ops.js';
import { type Fact, indexOf, NANO, TON, type TonPart } from '../part.js';
import { type AuctionEnd, type AuctionTerms, readAuctionEnd, readAuctionStart } from './messages.js';

const MARKETPLACE = 'fragment';

export const FRAGMENT_ITEM: TonPart = {
  name: 'ton-fragment',
  version: 3,
  slot: 2,
  decode(context) {
    const { transaction } = context;
    const message = transaction.inMessage;
    // An item's first auction ends with its deployment, which nft/item.ts tells as a mint.
    if (message === null || message.bounced || message.opcode === TELEITEM.deploy) return [];
    const end = context.failed ? null : readAuctionEnd(transaction);
    const sales = end === null ? [] : sold(context, end);
    const ordered = message.opcode === TELEITEM.startAuction || message.opcode === TELEITEM.cancelAuction;
    if (!ordered || message.source === null) return sales;
    // An order to an item whose auction was due ends that auction first.
    return [...sales, ...listed(context, message.source).map((fact) => ({ ...fact, place: sales.length }))];
  },
};

function item(context: TonContext): ItemFacts | null {
  const { account } = context.transaction;
  const facts = context.know.item(account);
  // Only of an item that its collection confirms is it certain that it has the collection's code.
  return facts !== null && facts.collection !== null && context.followsItem(account, facts) ? facts : null;
}

function base(context: TonContext, { collection, index }: ItemFacts) {
  return {
    asset: { kind: 'nft', address: context.transaction.account },
    amount: 1n,
    decimals: 0,
    nft: collection === null ? {} : { contract: collection, collection },
    marketplace: MARKETPLACE,
    details: indexOf(index),
  } as const;
}

function sold(context: TonContext, { winner, previous, bid }: AuctionEnd): readonly Fact[] {
  const facts = item(context);
  if (facts === null) return [];
  const paid = context.transaction.outMessages.filter(({ opcode }) => opcode === TELEITEM.fillUp);
  const royalty = paid.length > 1 ? paid[0]?.value : undefined;
  const seller = previous ?? paid.at(-1)?.destination;
  const price = { amount: bid, currency: TON, decimals: NANO };
  const common = { ...base(context, facts), kind: 'sale', outcome: 'ok', to: winner, price } as const;
  return [
    {
      ...common,
      ...(seller != null && { from: seller }),
      ...(royalty !== undefined && { fees: { royalty } }),
    },
  ];
}

/** The auction was started or called off. */
function listed(context: TonContext, from: string): readonly Fact[] {
  const facts = item(context);
  const message = context.transaction.inMessage;
  if (facts === null || message === null) return [];
  const outcome = context.failed ? 'failed' : 'ok';
  const common = { ...base(context, facts), outcome, from } as const;
  if (message.opcode === TELEITEM.cancelAuction) return [{ ...common, kind: 'delist' }];
  const terms = readAuctionStart(message);
  return [{ ...common, kind: 'list', ...(terms !== null && { price: asked(terms) }) }];
}

/** The price at which the item sells at once; without one, the lowest bid. */
function asked({ minBid, maxBid }: AuctionTerms) {
  return { amount: maxBid > 0n ? maxBid : minBid, currency: TON, decimals: NANO };
}
