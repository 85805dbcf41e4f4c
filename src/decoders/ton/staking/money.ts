/** Jettons that go into and out of staking contracts. */
import type { TonTransaction } from '../../../chains/ton/transaction.js';
import type { Movement } from '../../../events/event.js';
import type { TonContext } from '../context.js';
import { readTransfer } from '../jetton/messages.js';
import { type Incoming, movementsOf } from '../jetton/wallets.js';
import type { Fact } from '../part.js';

/**
 * An order of the contract to a jetton wallet to send jettons, in base units. Not verified to be the
 * contract's own wallet.
 */
export interface Order {
  readonly wallet: string;
  readonly amount: bigint;
  readonly to: string;
}

export function readOrders({ outMessages }: TonTransaction): Order[] {
  return outMessages.flatMap((message) => {
    const body = readTransfer(message);
    if (body === null || message.destination === null || body.destination === null) return [];
    return [{ wallet: message.destination, amount: body.amount, to: body.destination }];
  });
}

/** An order to a verified jetton wallet of the contract, with the movements that it causes. */
export interface Payout extends Order {
  readonly master: string;
  readonly movements: readonly Movement[];
}

/** The orders to verified jetton wallets of the context's account. */
export function readPayouts({ transaction, know }: TonContext): Payout[] {
  return readOrders(transaction).flatMap((order) => {
    const facts = know.jettonWallet(order.wallet);
    if (facts?.owner !== transaction.account) return [];
    const { master } = facts;
    const receiver = know.walletOf(master, order.to);
    if (receiver === null) return [];
    const movements = [
      { token: master, account: order.wallet, owner: transaction.account, delta: -order.amount },
      { token: master, account: receiver, owner: order.to, delta: order.amount },
    ];
    return [{ ...order, master, movements }];
  });
}

/**
 * The jettons arrived although the stake was refused, so they are told as a transfer; if the contract gives
 * them back, that is another transfer.
 */
export function refusedDeposit(incoming: Incoming, decimals: { readonly decimals?: number }): Fact {
  const { master, amount, from, to } = incoming;
  const fact = {
    outcome: 'ok',
    asset: { kind: 'token', address: master },
    amount,
    ...decimals,
    to,
    movements: movementsOf(incoming),
  } as const;
  if (from === undefined) return { ...fact, kind: 'mint' };
  return { ...fact, kind: 'transfer', from, details: { reason: 'a stake that was refused' } };
}
