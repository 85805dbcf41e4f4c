/**
 * Jettons that pay for an item: what came into the sale contract, and what it passes on to seller,
 * marketplace and creator.
 */
import type { TonContext } from '../context.js';
import { ancestorContext } from '../context.js';
import type { SaleFacts } from '../contract-facts.js';
import { type Incoming, readIncoming } from '../jetton/wallets.js';
import { JETTON } from '../ops.js';
import { type Payout, readPayouts } from '../staking/money.js';

/**
 * The fix-price sale for which a jetton wallet's transaction received jettons and notified its owner. null
 * when the owner is no sale of a followed item, or not for this jetton: then what came is an ordinary
 * transfer.
 * @param wallet context of the transaction of the contract's jetton wallet
 */
export function saleForJettons(wallet: TonContext, contract: string, master: string): SaleFacts | null {
  const { transaction, know } = wallet;
  const notifies = transaction.outMessages.some(
    ({ destination, opcode }) => destination === contract && opcode === JETTON.notification,
  );
  if (wallet.failed || !notifies) return null;
  const sale = know.sale(contract, transaction);
  if (sale?.kind !== 'fix-price' || sale.jettonPrices?.[transaction.account]?.master !== master) return null;
  return isOfOurs(wallet, sale) ? sale : null;
}

/** Whether the sale is of a followed item. */
export function isOfOurs({ know, followsItem }: TonContext, { item }: SaleFacts): boolean {
  const facts = item === null ? null : know.item(item);
  return item !== null && facts !== null && followsItem(item, facts);
}

/**
 * What a sale contract's transaction was paid in jettons, where the wallet's own transaction left it to be
 * told with the sale.
 */
export function takenDeposit(contract: TonContext): Incoming | null {
  const { inMessage } = contract.transaction;
  const wallet = ancestorContext(contract, 0);
  if (
    wallet === null ||
    inMessage?.opcode !== JETTON.notification ||
    inMessage.source !== wallet.transaction.account
  )
    return null;
  const incoming = readIncoming(wallet);
  if (incoming?.to !== contract.transaction.account) return null;
  return saleForJettons(wallet, incoming.to, incoming.master) === null ? null : incoming;
}

/** The contract's pay-outs in followed jettons. */
export function jettonPayouts(contract: TonContext): Payout[] {
  return readPayouts(contract).filter(({ master }) => contract.followsJetton(master));
}
