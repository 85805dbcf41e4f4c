/** Whose jettons a message of a jetton wallet moves. Only verified wallets and masters are believed. */
import type { TonTransaction } from '../../../chains/ton/transaction.js';
import type { Movement } from '../../../events/event.js';
import type { TonContext } from '../context.js';
import type { JettonWalletFacts } from '../contract-facts.js';
import { JETTON } from '../ops.js';
import { readInternalTransfer, readMintOrder, readTransfer } from './messages.js';

export interface Incoming {
  readonly master: string;
  /** What arrived, in base units. */
  readonly amount: bigint;
  /** What left the paying wallet, where that is more than what arrived: the jetton kept the rest. */
  readonly sent?: bigint;
  /** Owner of the paying wallet; undefined: minted. */
  readonly from?: string;
  /** The paying wallet; undefined: minted. */
  readonly fromWallet?: string;
  readonly to: string;
  readonly toWallet: string;
}

/**
 * What an internal_transfer to the account of the context's transaction brings. null when it is none, its
 * jetton is not followed, or it comes neither from the master nor from a verified wallet of the same master.
 */
export function readIncoming(context: TonContext): Incoming | null {
  const { transaction, know } = context;
  const message = transaction.inMessage;
  if (message?.source == null) return null;
  const body = readInternalTransfer(message);
  if (body === null) return unreadable(context);
  const toWallet = transaction.account;
  const receiver = know.jettonWallet(toWallet);
  if (receiver === null) return context.failed ? readRefused(context, body.amount) : null;
  const { master, owner: to } = receiver;
  if (!context.followsJetton(master)) return null;
  if (message.source === master) return { master, amount: body.amount, to, toWallet };
  const sender = know.jettonWallet(message.source);
  if (sender?.master === master) {
    const sent = sentBy(context, body.amount);
    const parties = { from: sender.owner, fromWallet: message.source, to, toWallet };
    return { master, amount: body.amount, ...parties, ...(sent !== null && { sent }) };
  }
  if (sender !== null && !context.failed)
    context.problem(
      'undecodable',
      `jetton wallet ${toWallet} took jettons from ${message.source}, which is no wallet of master ${master}`,
    );
  return null;
}

/**
 * What the owner told the paying wallet to send, where less arrives in all: a jetton that taxes its
 * transfers. null when all of it arrives, or it is not known. Of several messages the largest bears the
 * difference.
 */
export function sentBy({ parent, transaction, failed, problem }: TonContext, arrived: bigint): bigint | null {
  const ordered = parent !== null && parent.account === transaction.inMessage?.source;
  const order = ordered && parent.inMessage !== null ? readTransfer(parent.inMessage) : null;
  if (parent === null || order === null || failed) return null;
  const amounts = parent.outMessages.flatMap((message) => readInternalTransfer(message)?.amount ?? []);
  const total = amounts.reduce((sum, amount) => sum + amount, 0n);
  if (order.amount === total || amounts.some((amount) => amount > arrived)) return null;
  if (order.amount > total) return arrived + (order.amount - total);
  problem(
    'unbalanced',
    `${transaction.account} got ${total} of a jetton though only ${order.amount} were to be sent`,
  );
  return null;
}

function unreadable(context: TonContext): null {
  const { transaction, failed } = context;
  const { inMessage } = transaction;
  if (
    !failed &&
    inMessage?.opcode === JETTON.internalTransfer &&
    !inMessage.bounced &&
    followedWallet(context, transaction) !== null
  )
    context.problem('undecodable', `what jetton wallet ${transaction.account} took cannot be read`);
  return null;
}

/**
 * The receiving wallet never came to be because its first transaction failed. What was attempted stands in
 * the sender's message.
 */
function readRefused(context: TonContext, amount: bigint): Incoming | null {
  const { transaction, parent, know } = context;
  if (parent?.inMessage == null) return null;
  const transfer = readTransfer(parent.inMessage);
  if (transfer !== null) {
    const sender = know.jettonWallet(parent.account);
    if (sender === null || transfer.destination === null || !context.followsJetton(sender.master))
      return null;
    const to = transfer.destination;
    return {
      master: sender.master,
      amount,
      from: sender.owner,
      fromWallet: parent.account,
      to,
      toWallet: transaction.account,
    };
  }
  const order = readMintOrder(parent.inMessage);
  if (order === null || !context.followsJetton(parent.account)) return null;
  if (know.walletOf(parent.account, order.to) !== transaction.account) return null;
  return { master: parent.account, amount, to: order.to, toWallet: transaction.account };
}

/** The balance changes of both wallets; of the receiving one only when the jettons were minted. */
export function movementsOf({
  master,
  amount,
  sent = amount,
  from,
  fromWallet,
  to,
  toWallet,
}: Incoming): Movement[] {
  const received = { token: master, account: toWallet, owner: to, delta: amount };
  if (from === undefined || fromWallet === undefined) return [received];
  return [{ token: master, account: fromWallet, owner: from, delta: -sent }, received];
}

/** The verified facts of a jetton wallet; null when it is none or its jetton is not followed. */
export function followedWallet(
  context: TonContext,
  { account }: Pick<TonTransaction, 'account'>,
): JettonWalletFacts | null {
  const facts = context.know.jettonWallet(account);
  return facts !== null && context.followsJetton(facts.master) ? facts : null;
}

/** The decimals of a configured jetton, to be spread into an event; empty when they are not known. */
export function decimalsOf(
  context: TonContext,
  master: string,
): { readonly decimals: number } | Record<never, never> {
  const jetton = context.follow.jettons.find((known) => known.master === master);
  return jetton ? { decimals: jetton.decimals } : {};
}
