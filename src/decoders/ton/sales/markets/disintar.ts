/**
 * Disintar: sales whose data have a form of their own, so that only their get_sale_data says what they mean.
 * Codes: found by that answer.
 */
import type { SaleMarket } from '../market.js';

export const DISINTAR: SaleMarket = {
  name: 'disintar',
  codes: [
    '4763bf215b26b379ddc81a494b166eebcdd122a02151702256dd6b289b82546e',
    '8739a82ee7333958efcf77f78c624ea2140fee80415bb1987d6a1c9944d92997',
    '5de43c9ca08a0d7e5e21b998508150a8062dfc6b21e10efe8eb68838ee9eaf68',
  ],
  addresses: ['0:eb2eaf97ea32993470127208218748758a88374ad2bbd739fc75c9ab3a3f233d'],
  readByStack: true,
};
