/** TEP-74 jettons: mints, transfers and burns, told by the transaction that completes them (decoder.ts). */
import type { TonContext } from '../context.js';
import { JETTON } from '../ops.js';
import type { Fact, TonPart } from '../part.js';
import { airdropAmount, isAirdropClaim } from './airdrop.js';
import { readBurnAmount, readInternalTransfer, readMintOrder, readTransfer } from './messages.js';
import type { JettonProtocol } from './protocol.js';
import { decimalsOf, followedWallet, movementsOf, readIncoming, sentBy } from './wallets.js';

/** @param protocols decoders of contracts that take or pay jettons: what they tell is not told here again */
export function createJettonPart(protocols: readonly JettonProtocol[]): TonPart {
  return {
    name: 'ton-jetton',
    version: 3,
    slot: 0,
    decode(context) {
      const fact = read(context, protocols);
      return fact ? [fact] : [];
    },
  };
}

function read(context: TonContext, protocols: readonly JettonProtocol[]): Fact | null {
  const message = context.transaction.inMessage;
  if (message?.kind !== 'internal' || message.bounced) return null;
  switch (message.opcode) {
    case JETTON.internalTransfer:
      return received(context, protocols) ?? sentToMaster(context);
    case JETTON.transfer:
      return failedTransfer(context, protocols) ?? claimed(context);
    case JETTON.burn:
      return failedBurn(context);
    case JETTON.burnNotification:
      return burned(context, protocols);
    case JETTON.mint:
    case JETTON.mintV2:
      return failedMint(context);
    default:
      return null;
  }
}

const asset = (master: string) => ({ kind: 'token', address: master }) as const;

/** The transaction of the receiving wallet: a transfer or a mint. */
function received(context: TonContext, protocols: readonly JettonProtocol[]): Fact | null {
  const incoming = readIncoming(context);
  if (incoming === null) return null;
  const { master, amount, from, to, toWallet } = incoming;
  if (protocols.some((protocol) => protocol.paidOut?.(context)))
    return context.failed ? returned(context, incoming) : null;
  if (
    !context.failed &&
    protocols.some((protocol) => protocol.takesDeposit?.(context, { master, owner: to }))
  )
    return null;
  if (from === undefined && protocols.some((protocol) => protocol.mintsOrBurns?.(context)))
    return context.failed ? returned(context, incoming) : null;
  const fact = { asset: asset(master), amount, ...decimalsOf(context, master), to };
  if (context.failed)
    return {
      ...fact,
      kind: from === undefined ? 'mint' : 'transfer',
      outcome: 'failed',
      ...(from !== undefined && { from }),
    };
  const movements = movementsOf(incoming);
  if (from === undefined)
    return { ...fact, kind: 'mint', outcome: 'ok', movements, details: { wallet: toWallet } };
  const { sent = amount, fromWallet = '' } = incoming;
  const withheld = sent - amount;
  const details = { fromWallet, toWallet, ...(withheld > 0n && { withheldFee: withheld.toString() }) };
  return { ...fact, amount: sent, kind: 'transfer', outcome: 'ok', from, movements, details };
}

/** Jettons sent to their own master leave the wallet and arrive nowhere: a burn. */
function sentToMaster(context: TonContext): Fact | null {
  const { transaction, know } = context;
  const account = transaction.inMessage?.source;
  if (account == null || transaction.inMessage === null || context.failed) return null;
  const body = readInternalTransfer(transaction.inMessage);
  // Most accounts that take an internal_transfer are wallets.
  if (body === null || know.jettonWallet(transaction.account) !== null) return null;
  const wallet = know.jettonWallet(account);
  if (wallet?.master !== transaction.account || !context.followsJetton(wallet.master)) return null;
  const { master, owner } = wallet;
  const amount = sentBy(context, body.amount) ?? body.amount;
  return {
    ...({ kind: 'burn', outcome: 'ok', asset: asset(master), amount } as const),
    ...decimalsOf(context, master),
    from: owner,
    movements: [{ token: master, account, owner, delta: -amount }],
    details: { wallet: account, sentToMaster: true },
  };
}

/**
 * TEP-177: the owner's order carries the proof of an airdrop, or is the first that the wallet ever got: the
 * wallet has claimed what it sends in the same transaction. The proof tells the amount; without a readable
 * one it was at least what is sent.
 */
function claimed(context: TonContext): Fact | null {
  const { transaction } = context;
  const order = context.failed || transaction.inMessage === null ? null : readTransfer(transaction.inMessage);
  if (order === null) return null;
  const fresh = transaction.statusBefore !== 'active';
  const claims = isAirdropClaim(order.customPayload);
  if (!fresh && !claims) return null;
  const wallet = followedWallet(context, transaction);
  if (wallet === null) return null;
  const { master, owner } = wallet;
  const proven = claims ? airdropAmount(order.customPayload, owner) : null;
  if (proven === null)
    context.problem(
      'undecodable',
      `jetton wallet ${transaction.account} claimed an airdrop whose proof cannot be read: at least what it sends`,
    );
  if (proven === null && !fresh) return null;
  const amount = proven ?? order.amount;
  return {
    ...({ kind: 'mint', outcome: 'ok', asset: asset(master), amount } as const),
    ...decimalsOf(context, master),
    to: owner,
    movements: [{ token: master, account: transaction.account, owner, delta: amount }],
    details: { wallet: transaction.account, airdrop: true, ...(proven === null && { atLeast: true }) },
  };
}

/**
 * What the staking contract's transaction told as paid out (or minted) did not arrive, and the jettons went
 * back. The correction is the opposite movement.
 */
function returned(
  context: TonContext,
  { master, amount, from, fromWallet, to, toWallet }: NonNullable<ReturnType<typeof readIncoming>>,
): Fact {
  return {
    kind: from === undefined ? 'burn' : 'transfer',
    outcome: 'ok',
    asset: asset(master),
    amount,
    ...decimalsOf(context, master),
    from: to,
    ...(from !== undefined && { to: from }),
    movements: [
      { token: master, account: toWallet, owner: to, delta: -amount },
      ...(from === undefined || fromWallet === undefined
        ? []
        : [{ token: master, account: fromWallet, owner: from, delta: amount }]),
    ],
    details: { reason: 'a pay-out was refused and went back' },
  };
}

/** The sending wallet refused the transfer. Otherwise the receiving wallet's transaction tells it. */
function failedTransfer(context: TonContext, protocols: readonly JettonProtocol[]): Fact | null {
  const { transaction } = context;
  const { inMessage } = transaction;
  if (!context.failed || inMessage?.source == null) return null;
  const wallet = followedWallet(context, transaction);
  const body = readTransfer(inMessage);
  if (wallet === null || body === null) return null;
  const { master, owner } = wallet;
  if (body.destination !== null && protocols.some((protocol) => protocol.paidOut?.(context))) {
    const toWallet = context.know.walletOf(master, body.destination);
    if (toWallet === null) return null;
    return returned(context, {
      master,
      amount: body.amount,
      from: owner,
      fromWallet: transaction.account,
      to: body.destination,
      toWallet,
    });
  }
  return {
    kind: 'transfer',
    outcome: 'failed',
    asset: asset(master),
    amount: body.amount,
    ...decimalsOf(context, master),
    // Whoever tried it; the wallet refuses everybody but its owner.
    from: inMessage.source,
    ...(body.destination !== null && { to: body.destination }),
    details: { wallet: transaction.account },
  };
}

function failedBurn(context: TonContext): Fact | null {
  const { transaction } = context;
  if (!context.failed || transaction.inMessage?.source == null) return null;
  const wallet = followedWallet(context, transaction);
  const amount = readBurnAmount(transaction.inMessage);
  if (wallet === null || amount === null) return null;
  const { master } = wallet;
  const from = transaction.inMessage.source;
  return {
    kind: 'burn',
    outcome: 'failed',
    asset: asset(master),
    amount,
    ...decimalsOf(context, master),
    from,
  };
}

/**
 * The master's transaction: only here the burn is certain, because a master that refuses gives the jettons
 * back.
 */
function burned(context: TonContext, protocols: readonly JettonProtocol[]): Fact | null {
  const { transaction, know } = context;
  const account = transaction.inMessage?.source;
  if (account == null || transaction.inMessage === null) return null;
  const wallet = know.jettonWallet(account);
  if (wallet === null || wallet.master !== transaction.account || !context.followsJetton(wallet.master))
    return null;
  const amount = readBurnAmount(transaction.inMessage);
  if (amount === null) {
    context.problem('undecodable', `burn notification from ${account} cannot be read`);
    return null;
  }
  if (!context.failed && protocols.some((protocol) => protocol.mintsOrBurns?.(context))) return null;
  const { master, owner } = wallet;
  const fact = {
    kind: 'burn',
    asset: asset(master),
    amount,
    ...decimalsOf(context, master),
    from: owner,
  } as const;
  if (context.failed) return { ...fact, outcome: 'failed' };
  const movements = [{ token: master, account, owner, delta: -amount }];
  return { ...fact, outcome: 'ok', movements, details: { wallet: account } };
}

/** The master refused the order to mint. Otherwise the receiving wallet's transaction tells the mint. */
function failedMint(context: TonContext): Fact | null {
  const { transaction, know } = context;
  if (!context.failed || transaction.inMessage === null || !context.followsJetton(transaction.account))
    return null;
  const order = readMintOrder(transaction.inMessage);
  // Both ops are used by other contracts too: only a jetton master has wallets.
  if (order === null || know.walletOf(transaction.account, order.to) === null) return null;
  const master = transaction.account;
  const { to, amount } = order;
  const by = transaction.inMessage.source;
  const details = by === null ? {} : { details: { by } };
  return {
    kind: 'mint',
    outcome: 'failed',
    asset: asset(master),
    amount,
    ...decimalsOf(context, master),
    to,
    ...details,
  };
}
