/**
 * Sales for jettons. The item's transaction tells the sale with all jettons that moved for it, so that the
 * jetton wallets do not tell them a second time. Where nothing was sold after all, what moved is told here as
 * plain transfers.
 */
import { ancestorContext, type TonContext } from '../context.js';
import { readTransfer } from '../jetton/messages.js';
import type { JettonProtocol } from '../jetton/protocol.js';
import { decimalsOf, movementsOf } from '../jetton/wallets.js';
import { readItemTransfer } from '../nft/messages.js';
import { JETTON, NFT } from '../ops.js';
import type { Fact } from '../part.js';
import { isOfOurs, jettonPayouts, saleForJettons, takenDeposit } from './jettons.js';
import { settle } from './settlement.js';

export const JETTON_SALES: JettonProtocol = {
  name: 'ton-jetton-sale',
  version: 2,
  slot: 9,
  decode(context) {
    const kept = takenDeposit(context);
    if (kept !== null) return soldItem(context) === null ? transfers(context, [kept]) : [];
    const contract = context.failed ? ancestorContext(context, 0) : null;
    if (contract === null || soldItem(contract) !== context.transaction.account) return [];
    const paid = takenDeposit(contract);
    const owner = contract.transaction.account;
    const out = jettonPayouts(contract).map(({ movements, ...payout }) => ({
      ...payout,
      from: owner,
      movements,
    }));
    return transfers(context, [...(paid === null ? [] : [paid]), ...out]);
  },
  takesDeposit: (context, { owner, master }) => saleForJettons(context, owner, master) !== null,
  paidOut(context) {
    const paying = context.transaction.inMessage?.opcode === JETTON.transfer ? 0 : 1;
    const payer = [context.transaction, ...context.ancestors][paying];
    const contract = ancestorContext(context, paying);
    if (!payer?.inMessage || contract === null || payer.inMessage.source !== contract.transaction.account)
      return false;
    const order = readTransfer(payer.inMessage);
    if (order === null || soldItem(contract) === null) return false;
    return jettonPayouts(contract).some(
      ({ wallet, amount, to }) =>
        wallet === payer.account && amount === order.amount && to === order.destination,
    );
  },
};

/**
 * The item that the sale contract's transaction hands to a buyer for jettons; null when it hands over none.
 */
function soldItem(contract: TonContext): string | null {
  const { transaction, know } = contract;
  const order = contract.failed
    ? undefined
    : transaction.outMessages.find(({ opcode }) => opcode === NFT.transfer);
  const to = order && readItemTransfer(order)?.newOwner;
  if (to == null || order?.destination == null) return null;
  const sale = know.sale(transaction.account, transaction);
  if (sale === null || sale.item !== order.destination || !isOfOurs(contract, sale)) return null;
  return settle(contract, sale, order.destination, to)?.jettons ? order.destination : null;
}

type Moved =
  | Parameters<typeof movementsOf>[0]
  | (Pick<Fact, 'from' | 'movements'> & { master: string; amount: bigint; to: string });

function transfers(context: TonContext, moved: readonly Moved[]): Fact[] {
  return moved.map((one, place) => ({
    kind: one.from === undefined ? 'mint' : 'transfer',
    outcome: 'ok',
    asset: { kind: 'token', address: one.master },
    amount: one.amount,
    ...decimalsOf(context, one.master),
    ...(one.from !== undefined && { from: one.from }),
    to: one.to,
    movements: 'toWallet' in one ? movementsOf(one) : (one.movements ?? []),
    details: { reason: 'for a sale that did not come about' },
    place,
  }));
}
