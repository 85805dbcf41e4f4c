/**
 * Magic Eden: v1 (escrow), M2 (v2, from Auction House), M3 (compressed NFTs) and MMM (pools).
 * Sources: the programs' published IDLs and entry points; places checked against captures where there are such.
 */
import { anchorInstructions, each, type MarketProgram } from './spec.js';

const marketplace = 'magic-eden';

const STANDARDS = ['ocp', 'mip1', 'core', 'mpl_core', 'ext'];
const of = (action: string) => STANDARDS.map((standard) => `${standard}_${action}`);

export const MAGIC_EDEN_V1: MarketProgram = {
  marketplace,
  address: 'MEisE1HzehtrDpAAT8PnLHjpSSkRYakotTuJRPjTpo8',
  tagLength: 8,
  instructions: anchorInstructions({
    exchange: { action: 'sale', seller: 2, fee: 7 },
    exchange2: { action: 'sale', seller: 2, fee: 7, price: 8 },
    accept_bid: { action: 'sale', seller: 0, buyer: 1, fee: 9, price: 8 },
    ...each(['initialize_escrow', 'initialize_escrow2'], { action: 'list', seller: 0, price: 8 }),
    cancel_escrow: { action: 'delist', seller: 0 },
    ...each(['place_bid', 'cancel_bid'], { action: 'none' }),
  }),
};

export const MAGIC_EDEN_V2: MarketProgram = {
  marketplace,
  address: 'M2mx93ekt1fmXSVkTrUL9xVFHkmME8HTUi5Cyc5aF7K',
  tagLength: 8,
  instructions: anchorInstructions({
    sell: { action: 'list', seller: 0, price: 10 },
    cancel_sell: { action: 'delist', seller: 0 },
    execute_sale: { action: 'sale', buyer: 0, seller: 1, fee: 10, price: 10 },
    execute_sale_v2: { action: 'sale', buyer: 0, seller: 1, fee: 10, price: 10 },
    ...each(of('sell'), { action: 'list', seller: 0, price: 8 }),
    ...each(of('cancel_sell'), { action: 'delist', seller: 0 }),
    // Payer, buyer, seller, notary.
    ...each(of('execute_sale_v2'), { action: 'sale', buyer: 1, seller: 2, price: 8 }),
    ...each(['buy', 'buy_v2', 'cancel_buy', 'deposit', 'withdraw', 'withdraw_by_mmm', 'withdraw_from_treasury'], { action: 'none' }),
  }),
};

export const MAGIC_EDEN_M3: MarketProgram = {
  marketplace,
  address: 'M3mxk5W2tt27WGT7THox7PmgRDp4m6NEhL5xvxrBfS1',
  tagLength: 8,
  instructions: anchorInstructions({
    buy_now: { action: 'sale' },
    list: { action: 'list' },
    ...each(['cancel_listing', 'delist'], { action: 'delist' }),
  }),
};

export const MAGIC_EDEN_MMM: MarketProgram = {
  marketplace,
  address: 'mmm3XBJg5gk8XJxEKBvdgptZz6SgK4tXvn36sodowMc',
  tagLength: 8,
  instructions: anchorInstructions({
    // The pool's owner is the second account; who fulfils is the first.
    ...each(
      [
        'sol_fulfill_sell',
        'sol_ocp_fulfill_sell',
        'sol_mip1_fulfill_sell',
        'sol_ext_fulfill_sell',
        'mpl_core_fulfill_sell',
        'fulfill_sell',
      ],
      { action: 'sale', buyer: 0, seller: 1 },
    ),
    ...each(
      ['sol_fulfill_buy', 'sol_ocp_fulfill_buy', 'sol_mip1_fulfill_buy', 'sol_ext_fulfill_buy', 'mpl_core_fulfill_buy', 'cnft_fulfill_buy'],
      { action: 'sale', buyer: 1, seller: 0 },
    ),
    ...each(['deposit_sell', 'ocp_deposit_sell', 'mip1_deposit_sell', 'ext_deposit_sell', 'mpl_core_deposit_sell'], {
      action: 'list',
      seller: 0,
    }),
    ...each(['withdraw_sell', 'ocp_withdraw_sell', 'mip1_withdraw_sell', 'ext_withdraw_sell', 'mpl_core_withdraw_sell'], {
      action: 'delist',
      seller: 0,
    }),
    ...each(['create_pool', 'update_pool', 'update_allowlists', 'sol_close_pool', 'sol_deposit_buy', 'sol_withdraw_buy'], {
      action: 'none',
    }),
    ...each(['set_shared_escrow', 'close_if_balance_invalid'], { action: 'none' }),
  }),
};

/** Wallets that take Magic Eden's fees, whatever the instruction. */
export const MAGIC_EDEN_TREASURIES: ReadonlySet<string> = new Set([
  'rFqFJ9g7TGBD8Ed7TPDnvGKZ5pWLPDyxLcvcH2eRCtt',
  'NTYeYJ1wr4bpM5xo6zx5En44SvJFAd35zTxxNoERYqd',
  '2NZukH2TXpcuZP4htiuT8CFxcaQSWzkkR6kepSWnZ24Q',
]);
