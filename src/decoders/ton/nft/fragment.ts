/**
 * Fragment's items (usernames, numbers, gifts; github.com/TelegramMessenger/telemint): they auction themselves. The winner's
 * ownership_assigned carries the bid; the pay-outs (fill_up) are the royalty first, then the seller's.
 */
import type { TonContext } from '../context.js';
import type { ItemFacts } from '../knowledge.js';
import { TELEITEM } from '../ops.js';
import { type Fact, indexOf, NANO, TON, type TonPart } from '../part.js';
import { type AuctionTerms, readAuctionEnd, readAuctionStart } from './messages.js';

const MARKETPLACE = 'fragment';

export const FRAGMENT_ITEM: TonPart = {
  name: 'ton-fragment',
  version: 1,
  slot: 2,
  decode(context) {
    const { transaction } = context;
    const message = transaction.inMessage;
    // Its first auction ends with the deployment, which is told as a mint.
    if (message === null || message.bounced || message.opcode === TELEITEM.deploy) return [];
    if (!context.failed && transaction.outMessages.some((out) => readAuctionEnd(out) !== null)) return ended(context);
    if (message.source === null) return [];
    if (message.opcode === TELEITEM.startAuction) return listed(context, message.source);
    return message.opcode === TELEITEM.cancelAuction ? listed(context, message.source) : [];
  },
};

function item(context: TonContext): ItemFacts | null {
  const { account } = context.transaction;
  const facts = context.know.item(account);
  // Only an item of a collection can be verified to have the collection's code.
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

function ended(context: TonContext): readonly Fact[] {
  const facts = item(context);
  if (facts === null) return [];
  const { outMessages } = context.transaction;
  for (const out of outMessages) {
    const end = readAuctionEnd(out);
    if (end === null || out.destination === null) continue;
    const paid = outMessages.filter(({ opcode }) => opcode === TELEITEM.fillUp);
    const royalty = paid.length > 1 ? paid[0]?.value : undefined;
    const seller = paid.at(-1)?.destination;
    const price = { amount: end.bid, currency: TON, decimals: NANO };
    const common = { ...base(context, facts), kind: 'sale', outcome: 'ok', to: out.destination, price } as const;
    return [{ ...common, ...(seller != null && { from: seller }), ...(royalty !== undefined && { fees: { royalty } }) }];
  }
  return [];
}

/** Auction started or called off. */
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

/** The price at which it sells at once; without one, where bids begin. */
function asked({ minBid, maxBid }: AuctionTerms) {
  return { amount: maxBid > 0n ? maxBid : minBid, currency: TON, decimals: NANO };
}
