/**
 * Bodies of TEP-62 and Fragment messages. Each function returns null for a message of another op, and for one
 * that cannot be read.
 */
import { sliceOf } from '../../../chains/ton/cells/slice.js';
import type { TonMessage, TonTransaction } from '../../../chains/ton/transaction.js';
import { loadEither, loadRaw, readBody } from '../cells.js';
import { BILL_BURNED, NFT, TELEITEM } from '../ops.js';

export interface ItemTransfer {
  readonly queryId: bigint;
  /** null: to nobody, which burns the item. */
  readonly newOwner: string | null;
}

/** transfer#5fcc3d14, from the owner to the item. */
export function readItemTransfer(message: TonMessage): ItemTransfer | null {
  if (message.opcode !== NFT.transfer || message.bounced) return null;
  return readBody(message, (body) => ({ queryId: body.loadUintBig(64), newOwner: loadRaw(body) }));
}

/** Previous owner in ownership_assigned#05138d91. Proves nothing unless the item itself is verified. */
export function readPreviousOwner(message: TonMessage): string | null {
  if (message.opcode !== NFT.ownershipAssigned || message.bounced) return null;
  return readBody(message, (body) => {
    body.skip(64);
    return loadRaw(body);
  });
}

export interface AuctionEnd {
  readonly winner: string;
  /** Who owned it before; null: nobody, or the item names the winner. */
  readonly previous: string | null;
  readonly bid: bigint;
}

/**
 * The end of a Fragment item's own auction in this transaction, whatever the message asked for: the item's
 * ownership_assigned to the winner carries the bid. Its previous owner is whoever that was, nobody, or (in
 * older code) the winner. Whoever transfers an item writes the payload of that transfer's own
 * ownership_assigned and could forge a bid there; that one is told by the transfer's query id.
 */
export function readAuctionEnd({
  inMessage,
  outMessages,
}: Pick<TonTransaction, 'inMessage' | 'outMessages'>): AuctionEnd | null {
  const transfer = inMessage && readItemTransfer(inMessage);
  for (const message of outMessages) {
    const told = readBidInfo(message);
    if (told === null || message.destination === null || told.queryId === transfer?.queryId) continue;
    const winner = message.destination;
    return { winner, previous: told.previous === winner ? null : told.previous, bid: told.bid };
  }
  return null;
}

function readBidInfo(
  message: TonMessage,
): { readonly queryId: bigint; readonly previous: string | null; readonly bid: bigint } | null {
  if (message.opcode !== NFT.ownershipAssigned) return null;
  return readBody(message, (body) => {
    const [queryId, previous] = [body.loadUintBig(64), loadRaw(body)];
    const payload = loadEither(body);
    // Most have no payload: checked first, because an error would cost its stack trace.
    if (payload.remainingBits < 32 || payload.loadUint(32) !== TELEITEM.bidInfo) return null;
    return { queryId, previous, bid: payload.loadCoins() };
  });
}

export interface Bill {
  readonly owner: string | null;
  /** What the bill entitles to, in base units of the pool's jetton. */
  readonly amount: bigint;
}

/**
 * burn_notification#ed58b0b2 amount:Coins owner:MsgAddress, of a withdrawal bill to its collection
 * (github.com/ton-blockchain/liquid-staking-contract).
 */
export function readBill(message: TonMessage | undefined | null): Bill | null {
  if (message == null || message.opcode !== BILL_BURNED || message.bounced) return null;
  return readBody(message, (body) => {
    body.skip(64);
    return { amount: body.loadCoins(), owner: loadRaw(body) };
  });
}

export interface AuctionTerms {
  readonly beneficiary: string | null;
  readonly minBid: bigint;
  /** Price at which it sells at once; 0n: none. */
  readonly maxBid: bigint;
}

/** teleitem_start_auction#487a8e81. */
export function readAuctionStart(message: TonMessage): AuctionTerms | null {
  if (message.opcode !== TELEITEM.startAuction || message.bounced) return null;
  return readBody(message, (body) => {
    body.skip(64);
    const config = sliceOf(body.loadRef());
    return { beneficiary: loadRaw(config), minBid: config.loadCoins(), maxBid: config.loadCoins() };
  });
}

/**
 * The owner in a collection's deploy message. The reference item takes `owner:MsgAddress content:^Cell`;
 * others put an op and a query id before the owner. null when the body has neither form.
 */
export function readDeployOwner(message: TonMessage): string | null {
  const body = message.body();
  if (body === null) return null;
  const plain = readStart(message, 0);
  return plain ?? readStart(message, 32 + 64);
}

/** Whether the body has the form with which the reference item is initialised. */
export function isReferenceDeploy(message: TonMessage): boolean {
  return (message.body()?.refs.length ?? 0) > 0 && readStart(message, 0) !== null;
}

function readStart(message: TonMessage, skip: number): string | null {
  const body = message.body();
  if (body === null || body.exotic) return null;
  const slice = sliceOf(body);
  if (slice.remainingBits < skip + 267) return null;
  slice.skip(skip);
  // addr_std without anycast in workchain 0 or -1: other bits hardly look like that by chance.
  if (slice.preloadUint(3) !== 0b100) return null;
  const workchain = slice.clone().skip(3).loadInt(8);
  return workchain === 0 || workchain === -1 ? loadRaw(slice) : null;
}
