/**
 * TEP-62 items (and soul-bound ones, TEP-85), told by the item's own transaction: deployments, transfers,
 * burns, and what a transfer into or out of a sale contract means. Only items are believed that their
 * collection confirms, or that stand alone.
 */
import { addressOf } from '../../../chains/ton/cells/message.js';
import type { NftDescription } from '../../../events/event.js';
import { ancestorContext, type TonContext } from '../context.js';
import type { ItemFacts, SaleFacts } from '../contract-facts.js';
import { BILL_BURNED, JETTON, NFT, TELEITEM } from '../ops.js';
import { type Fact, indexOf, NANO, TON, type TonPart } from '../part.js';
import { asked } from '../sales/asked.js';
import { SALE_DEPLOYERS } from '../sales/marketplaces.js';
import { inferSettlement, type Settlement, settle } from '../sales/settlement.js';
import { readSaleState } from '../sales/state.js';
import {
  isReferenceDeploy,
  readAuctionEnd,
  readBill,
  readDeployOwner,
  readItemTransfer,
} from './messages.js';

/** Nobody has its key: an item sent there is burned. */
const ZERO = `0:${'0'.repeat(64)}`;

export const NFT_ITEM: TonPart = {
  name: 'ton-nft',
  version: 5,
  slot: 1,
  decode(context) {
    const fact = read(context);
    return fact ? [fact] : [];
  },
};

function read(context: TonContext): Fact | null {
  const { transaction } = context;
  const message = transaction.inMessage;
  if (message?.kind !== 'internal' || message.bounced || message.source === null) return null;
  if (message.opcode === BILL_BURNED) return billPaid(context, message.source);
  if (message.opcode === NFT.transfer) return afterItsAuction(context, moved(context));
  if (message.opcode === NFT.destroy || transaction.destroyed) return destroyed(context, message.source);
  return context.failed ? null : deployed(context, message.source);
}

/**
 * An order to a Fragment item whose auction was due ends that auction first: the sale stands before what the
 * order does.
 */
function afterItsAuction({ transaction }: TonContext, fact: Fact | null): Fact | null {
  return fact !== null && readAuctionEnd(transaction) !== null ? { ...fact, place: 1 } : fact;
}

/** Verified facts of the account as an item; null when it is none or is not followed. */
function followedItem({ transaction, know, followsItem }: TonContext): ItemFacts | null {
  const facts = know.item(transaction.account);
  return facts !== null && followsItem(transaction.account, facts) ? facts : null;
}

function base(context: TonContext, { collection, index }: ItemFacts) {
  const nft: NftDescription = collection === null ? {} : { contract: collection, collection };
  return {
    asset: { kind: 'nft', address: context.transaction.account },
    amount: 1n,
    decimals: 0,
    nft,
    details: indexOf(index),
  } as const;
}

function moved(context: TonContext): Fact | null {
  const { transaction, know } = context;
  const message = transaction.inMessage;
  if (message?.source == null) return null;
  const facts = followedItem(context);
  if (facts === null) return null;
  const body = readItemTransfer(message);
  if (body === null) {
    if (!context.failed)
      context.problem('undecodable', `the transfer of item ${transaction.account} cannot be read`);
    return null;
  }
  const common = base(context, facts);
  const { source: from } = message;
  const { newOwner: to } = body;
  if (context.failed)
    return { ...common, kind: 'transfer', outcome: 'failed', from, ...(to !== null && { to }) };
  if (to === null || to === ZERO) return { ...common, kind: 'burn', outcome: 'ok', from };
  // The sale's data as its own transaction left them: an old sale is gone a block later.
  const out = saleOf(know.sale(from, context.parent ?? transaction), transaction.account);
  if (out !== null) return outOfSale(context, common, out, to);
  const into = saleOf(deployedSale(context, to) ?? know.sale(to), transaction.account);
  if (into !== null) return intoSale(common, into, from, to);
  // The deployer passes the item on to the sale contract that it makes; that transfer is the listing.
  if (SALE_DEPLOYERS.has(to)) return null;
  const inferred = inferSettlement(context, to);
  if (inferred !== null) return sold(common, inferred, to);
  return { ...common, kind: 'transfer', outcome: 'ok', from, to };
}

/** A contract that sells another item is only an owner to this one. */
function saleOf(sale: SaleFacts | null, item: string): SaleFacts | null {
  return sale?.item === item ? sale : null;
}

/**
 * The sale contract may come to be only after the item is sent to it: then the message that deploys it stands
 * in the same trace.
 */
function deployedSale({ ancestors }: TonContext, address: string): SaleFacts | null {
  for (const { outMessages } of ancestors)
    for (const message of outMessages) {
      const state = message.destination === address ? message.init() : null;
      if (!state?.code || !state.data) continue;
      if (addressOf(state) !== address) continue;
      return readSaleState(state.code.hash(), state.data);
    }
  return null;
}

type Common = ReturnType<typeof base>;

function outOfSale(context: TonContext, common: Common, sale: SaleFacts, to: string): Fact | null {
  const contract = ancestorContext(context, 0);
  const settlement = contract && settle(contract, sale, context.transaction.account, to);
  if (settlement !== null) return sold(common, settlement, to);
  // An item that an offer refused was never listed, and its way in told nothing either.
  if (sale.kind === 'offer') return null;
  if (sale.owner === null || sale.owner === to)
    return { ...common, kind: 'delist', outcome: 'ok', from: to, marketplace: sale.marketplace };
  const details = { ...common.details, reason: 'a sale contract gave the item away without paying for it' };
  return { ...common, kind: 'transfer', outcome: 'ok', from: sale.owner, to, details };
}

function sold(
  common: Common,
  { seller, price, fees, marketplace, details, jettons }: Settlement,
  to: string,
): Fact {
  const nft = { ...common, kind: 'sale', outcome: 'ok', from: seller, to, price, marketplace } as const;
  return {
    ...nft,
    ...(Object.keys(fees).length > 0 && { fees }),
    ...(jettons && { movements: jettons }),
    details: { ...common.details, ...details },
  };
}

function intoSale(common: Common, sale: SaleFacts, from: string, contract: string): Fact | null {
  if (sale.kind === 'offer') return null;
  const owner = sale.owner ?? from;
  const details = { ...common.details, saleKind: sale.kind, saleContract: contract };
  return {
    ...common,
    kind: 'list',
    outcome: 'ok',
    from: owner,
    ...asked(sale),
    marketplace: sale.marketplace,
    details,
  };
}

function destroyed(context: TonContext, from: string): Fact | null {
  const facts = followedItem(context);
  if (facts === null) return null;
  // A withdrawal's bill tells its collection that it is gone, which pays it: that transaction tells both.
  const { collection } = facts;
  // A withdrawal bill notifies its collection, which pays out: the collection's transaction tells both.
  const told = context.transaction.outMessages.some(
    (message) => message.destination === collection && readBill(message) !== null,
  );
  if (told && collection !== null && isRead(collection, context)) return null;
  const who = context.transaction.inMessage?.opcode === NFT.destroy ? from : (facts.owner ?? from);
  return { ...base(context, facts), kind: 'burn', outcome: context.failed ? 'failed' : 'ok', from: who };
}

/**
 * An item is made by the first message of its collection, or, without a collection, by its own deployment.
 */
function deployed(context: TonContext, source: string): Fact | null {
  const { transaction } = context;
  const message = transaction.inMessage;
  const fresh = transaction.statusBefore !== 'active' && transaction.statusAfter === 'active';
  if (message === null || (!fresh && !(context.parent?.account === source && isReferenceDeploy(message))))
    return null;
  // Most new accounts are wallets and jetton wallets, and asking about each would cost a call.
  if (!mayBeItem(context, source)) return null;
  const facts = followedItem(context);
  if (facts === null) return null;
  const { collection } = facts;
  if (collection !== null ? collection !== source : !fresh) return null;
  const end = message.opcode === TELEITEM.deploy ? readAuctionEnd(transaction) : null;
  const common = base(context, facts);
  // Whoever the message names may only have bid, as for a domain: then the item says that it has no owner.
  const named = collection === null || facts.owner === null ? null : readDeployOwner(message);
  const to = message.opcode === TELEITEM.deploy ? (end?.winner ?? null) : (named ?? facts.owner ?? null);
  // Who told the collection to make the item; of an item that stands alone, who deployed it.
  const creator = (collection === null ? source : context.parent?.inMessage?.source) ?? to;
  return {
    ...common,
    kind: 'mint',
    outcome: 'ok',
    ...(to !== null && { to }),
    nft: {
      ...common.nft,
      ...(creator !== null && { creator }),
      ...(facts.uri !== undefined && { uri: facts.uri }),
    },
    ...(end !== null && {
      ...soldBy(context, end.winner),
      price: { amount: end.bid, currency: TON, decimals: NANO },
      marketplace: 'fragment',
    }),
  };
}

/** The collection's transaction after one of its bills was destroyed: what the bill stood for is paid out. */
function billPaid(context: TonContext, item: string): Fact | null {
  const { transaction, know, followsItem } = context;
  const bill = readBill(transaction.inMessage);
  const facts = bill === null ? null : know.item(item);
  if (bill === null || facts?.collection !== transaction.account || !followsItem(item, facts)) return null;
  if (!isRead(transaction.account, context)) return null;
  const paid = transaction.outMessages.find(({ destination }) => destination === bill.owner);
  return {
    ...base(context, facts),
    kind: 'burn',
    outcome: 'ok',
    asset: { kind: 'nft', address: item },
    ...(bill.owner !== null && { from: bill.owner }),
    details: {
      ...indexOf(facts.index),
      billAmount: bill.amount.toString(),
      ...(paid !== undefined && !context.failed && { paid: paid.value.toString(), paidCurrency: TON }),
    },
  };
}

/**
 * Transactions of a collection are read only where the collection is followed, not where some of its items
 * are.
 */
function isRead(collection: string, { follow }: TonContext): boolean {
  return follow.all || follow.collections.includes(collection);
}

/** Who got the proceeds of a first auction: the receiver of the item's last pay-out. */
function soldBy(
  { transaction }: TonContext,
  winner: string,
): { readonly from: string } | Record<never, never> {
  const paid = transaction.outMessages.filter(({ opcode }) => opcode === TELEITEM.fillUp);
  const seller = paid.at(-1)?.destination;
  return seller == null || seller === winner ? {} : { from: seller };
}

function mayBeItem({ transaction, follow, parent }: TonContext, source: string): boolean {
  if (follow.items.includes(transaction.account) || follow.collections.includes(source)) return true;
  // An item's deployment comes from a contract; a wallet's comes by an external message, a jetton wallet's by
  // internal_transfer.
  return follow.all && parent !== null && transaction.inMessage?.opcode !== JETTON.internalTransfer;
}
