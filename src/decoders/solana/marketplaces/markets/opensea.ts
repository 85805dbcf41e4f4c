/**
 * OpenSea's own program of 2025. Its instructions carry the names of Tensor's marketplace program, of which
 * it is a copy; accounts checked against transactions that were built after it, so what is not named here is
 * read by what it did.
 */
import { anchorInstructions, each, type MarketProgram, type Marketplace } from '../spec.js';

const standards = (name: string) =>
  ['', '_legacy', '_core', '_t22', '_wns'].flatMap((suffix) => [`${name}${suffix}`, `${name}${suffix}_spl`]);

const PROGRAM: MarketProgram = {
  address: '7Aru291A64wrTkUDaRv6HqxVBre6ivXWL94cUoCtQF9V',
  tagLength: 8,
  instructions: anchorInstructions({
    ...each(standards('buy'), { action: 'sale' }),
    ...each(['buy_legacy', 'buy_core', 'buy_t22', 'buy_wns'], { action: 'sale', seller: 6, fee: 0 }),
    ...each(['take_bid_meta_hash', 'take_bid_full_meta', ...standards('take_bid')], {
      action: 'sale',
      fee: 0,
    }),
    ...each(standards('list'), { action: 'list', price: 8 }),
    list_core: { action: 'list', price: 8, seller: 3 },
    ...each([...standards('delist'), ...standards('close_expired_listing')], { action: 'delist' }),
    edit: { action: 'reprice', price: 8, seller: 1 },
    ...each(['bid', 'cancel_bid', 'close_expired_bid', 'withdraw_fees'], { action: 'none' }),
  }),
};

export const OPENSEA: Marketplace = { name: 'open-sea', version: 1, programs: [PROGRAM] };
