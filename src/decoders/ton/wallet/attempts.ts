/**
 * Transfers that a wallet was told to make and did not make: its action phase dropped the message (mostly for
 * lack of TON), so no other transaction knows of it. The orders are whole messages in references of the
 * external message, for every wallet version (v1 to v5, highload, vesting). What parses as an internal
 * message and was not sent is an attempt.
 */
import type { Cell } from '../../../chains/ton/cells/cell.js';
import { type MessageCell, opcodeOf, readOrderedMessage } from '../../../chains/ton/cells/message.js';
import { loadRaw, readCell } from '../cells.js';
import type { TonContext } from '../context.js';
import { readTransferBody } from '../jetton/messages.js';
import { decimalsOf } from '../jetton/wallets.js';
import { JETTON, NFT } from '../ops.js';
import type { Fact, TonPart } from '../part.js';

/** A wallet sends at most 255 messages; an external message has at most 8192 cells. */
const MOST_CELLS = 8192;
const MOST_ORDERS = 255;

export const WALLET_ATTEMPTS: TonPart = {
  name: 'ton-wallet-attempts',
  version: 1,
  slot: 8,
  decode(context) {
    const { transaction, follow } = context;
    // Only where everything is followed: otherwise the orders of wallets would be read for nothing.
    if (!follow.all || transaction.inMessage?.kind !== 'external-in') return [];
    const body = transaction.inMessage.body();
    if (body === null) return [];
    const orders = readOrders(body);
    const sent = new Map<string, number>();
    for (const { destination, body: read } of transaction.outMessages)
      count(sent, keyOf(destination, read()), 1);
    return orders.flatMap((order, place) => {
      const key = keyOf(order.destination, order.body);
      if ((sent.get(key) ?? 0) > 0) {
        count(sent, key, -1);
        return [];
      }
      const fact = attempt(context, order);
      return fact ? [{ ...fact, place }] : [];
    });
  },
};

interface WalletOrder {
  readonly destination: string;
  readonly body: Cell;
  readonly opcode: number;
}

function readOrders(root: Cell): WalletOrder[] {
  const found: WalletOrder[] = [];
  const queue = [...root.refs];
  for (let at = 0; at < queue.length && at < MOST_CELLS && found.length < MOST_ORDERS; at++) {
    const cell = queue[at];
    if (cell === undefined) break;
    const order = readOrder(cell);
    if (order === null) queue.push(...cell.refs);
    else found.push(order);
  }
  return found;
}

function readOrder(cell: Cell): WalletOrder | null {
  // int_msg_info$0 with at least an empty source and a destination: the cheapest check that excludes most
  // other cells.
  if (cell.bits < 4 + 2 + 267 || cell.bitAt(0)) return null;
  const message = orderedMessage(cell);
  if (message === null || message.destination === null) return null;
  const { destination, body } = message;
  const opcode = opcodeOf(body);
  return opcode === null ? null : { destination, body, opcode };
}

function orderedMessage(cell: Cell): MessageCell | null {
  try {
    return readOrderedMessage(cell);
  } catch {
    // Other cells of the wallet's order begin with the same bit.
    return null;
  }
}

function keyOf(destination: string | null, body: Cell | null): string {
  return `${destination} ${body?.hash()}`;
}

function count(counts: Map<string, number>, key: string, by: number): void {
  counts.set(key, (counts.get(key) ?? 0) + by);
}

function attempt(context: TonContext, { destination, body, opcode }: WalletOrder): Fact | null {
  const from = context.transaction.account;
  if (opcode === JETTON.transfer) return jettonAttempt(context, destination, body, from);
  if (opcode !== NFT.transfer) return null;
  const facts = context.know.item(destination);
  const to = readCell(body, (slice) => loadRaw(slice.skip(32 + 64)));
  if (facts === null || !context.followsItem(destination, facts)) return null;
  const nft = facts.collection === null ? {} : { contract: facts.collection, collection: facts.collection };
  const asset = { kind: 'nft', address: destination } as const;
  return {
    kind: 'transfer',
    outcome: 'failed',
    asset,
    amount: 1n,
    decimals: 0,
    from,
    ...(to !== null && { to }),
    nft,
  };
}

function jettonAttempt(context: TonContext, wallet: string, body: Cell, from: string): Fact | null {
  const facts = context.know.jettonWallet(wallet);
  const transfer = readCell(body, (slice) => readTransferBody(slice.skip(32)));
  if (facts === null || transfer === null || !context.followsJetton(facts.master)) return null;
  const { amount, destination } = transfer;
  const asset = { kind: 'token', address: facts.master } as const;
  const decimals = decimalsOf(context, facts.master);
  const to = destination === null ? {} : { to: destination };
  return {
    kind: 'transfer',
    outcome: 'failed',
    asset,
    amount,
    ...decimals,
    from,
    ...to,
    details: { wallet, sent: false },
  };
}
