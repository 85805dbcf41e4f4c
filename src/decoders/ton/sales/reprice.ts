/** A seller's change of his sale contract's price, told by the contract's transaction. */
import { readBody } from '../cells.js';
import { SALE } from '../ops.js';
import { indexOf, type TonPart } from '../part.js';
import { asked } from './asked.js';
import { loadJettonPrices } from './state.js';

export const SALE_PRICE: TonPart = {
  name: 'ton-sale-price',
  version: 2,
  slot: 3,
  decode(context) {
    const { transaction, know } = context;
    const message = transaction.inMessage;
    if (message?.kind !== 'internal' || message.bounced || message.source === null) return [];
    if (message.opcode !== SALE.changePriceV3 && message.opcode !== SALE.changePriceV4) return [];
    const sale = know.sale(transaction.account);
    if (sale === null || sale.kind !== 'fix-price' || sale.item === null || sale.owner !== message.source)
      return [];
    const facts = know.item(sale.item);
    if (facts === null || !context.followsItem(sale.item, facts)) return [];
    const price = readBody(message, (body) => {
      const coins = body.skip(64).loadCoins();
      const jettonPrices = message.opcode === SALE.changePriceV4 ? loadJettonPrices(body) : {};
      return asked({ price: coins > 0n ? coins : null, jettonPrices });
    });
    if (price === null) return [];
    return [
      {
        kind: 'list',
        outcome: context.failed ? 'failed' : 'ok',
        repriceOnly: true,
        asset: { kind: 'nft', address: sale.item },
        amount: 1n,
        decimals: 0,
        from: message.source,
        ...price,
        marketplace: sale.marketplace,
        details: { saleContract: transaction.account, ...indexOf(facts.index) },
      },
    ];
  },
};
