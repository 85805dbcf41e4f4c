/**
 * Magic Eden: v1 (escrow), its auctions, M2 (v2, from Auction House), M3 (compressed NFTs) and MMM (pools).
 * Sources: the programs' published IDLs and entry points; places checked against captures where there are
 * such.
 */

import { type StatedPrice, statedInLog } from '../money/stated-price.js';
import { anchorInstructions, each, type MarketProgram, type Marketplace } from '../spec.js';

const fulfilling = (side: 'buy' | 'sell') =>
  ['', 'ocp_', 'mip1_', 'ext_', 'mpl_core_', 'cnft_'].map((standard) => `sol_${standard}fulfill_${side}`);

/**
 * M2 says `price`, `royalty` and, of newer standards, both parties' fees, where a negative one is a rebate
 * out of the other's; M3 `price` and the fees; MMM `total_price` and `royalty_paid`. Read as text because
 * amounts may exceed a double.
 */
function readLine(line: string): StatedPrice | null {
  const number = (name: string): bigint | undefined => {
    const found = new RegExp(`"${name}":\\s*(-?\\d{1,20})\\b`).exec(line)?.[1];
    return found === undefined ? undefined : BigInt(found);
  };
  const amount = number('total_price') ?? number('price');
  if (amount === undefined || amount < 0n) return null;
  const royalty = number('royalty_paid') ?? number('royalty');
  const [maker, taker] = [number('maker_fee'), number('taker_fee')];
  const marketplaceFee = maker === undefined || taker === undefined ? undefined : maker + taker;
  return {
    amount,
    ...(royalty !== undefined && { royalty }),
    ...(royalty !== undefined && marketplaceFee !== undefined && marketplaceFee >= 0n && { marketplaceFee }),
  };
}

const statedPrice = statedInLog({ line: readLine });

const V1: MarketProgram = {
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

/** Its listings are read by what they do: the NFT goes into the auction's escrow. */
const AUCTIONS: MarketProgram = {
  address: 'EA15T2W45BJFm71XmB5VGcsiWGKZTNfnK6aCmE2Hb5eC',
  tagLength: 8,
  instructions: anchorInstructions({
    ...each(['settle', 'settle_v2'], { action: 'sale' }),
    ...each(['place_bid', 'place_bid_v2'], { action: 'none' }),
  }),
};

const V2: MarketProgram = {
  address: 'M2mx93ekt1fmXSVkTrUL9xVFHkmME8HTUi5Cyc5aF7K',
  tagLength: 8,
  pricedInTokens: true,
  statedPrice,
  instructions: anchorInstructions({
    sell: { action: 'list', seller: 0, price: 10 },
    cancel_sell: { action: 'delist', seller: 0 },
    execute_sale: { action: 'sale', buyer: 0, seller: 1, fee: 10, price: 10 },
    execute_sale_v2: { action: 'sale', buyer: 0, seller: 1, fee: 10, price: 10 },
    ...each(['ocp_sell', 'mip1_sell'], { action: 'list', seller: 0, price: 8 }),
    ...each(['ocp_cancel_sell', 'mip1_cancel_sell'], { action: 'delist', seller: 0 }),
    // Payer, wallet, notary, the program's signer; the asset of a Core listing whose price changes is named
    // by no call.
    ext_sell: { action: 'list', seller: 1, price: 8 },
    ext_cancel_sell: { action: 'delist', seller: 1 },
    core_sell: { action: 'list', seller: 1, mint: 4, price: 8 },
    core_cancel_sell: { action: 'delist', seller: 1, mint: 4 },
    // Payer, buyer, seller, notary.
    ...each(
      ['ocp', 'mip1', 'ext', 'core'].map((standard) => `${standard}_execute_sale_v2`),
      { action: 'sale', buyer: 1, seller: 2, price: 8 },
    ),
    ...each(
      ['buy', 'buy_v2', 'cancel_buy', 'deposit', 'withdraw', 'withdraw_by_mmm', 'withdraw_from_treasury'],
      { action: 'none' },
    ),
  }),
};

const M3: MarketProgram = {
  address: 'M3mxk5W2tt27WGT7THox7PmgRDp4m6NEhL5xvxrBfS1',
  tagLength: 8,
  statedPrice,
  hidesNft: true,
  instructions: anchorInstructions({
    // Root, hashes, nonce and index of the leaf, then the price. Also how a price changes.
    sell: { action: 'list', seller: 0, leaf: { tree: 4, nonce: 8 + 3 * 32 }, price: 8 + 3 * 32 + 8 + 4 },
    buy_now: { action: 'sale', buyer: 0, seller: 1, fee: 3, price: 8 },
    cancel_sell: { action: 'delist', seller: 0 },
  }),
};

const MMM: MarketProgram = {
  address: 'mmm3XBJg5gk8XJxEKBvdgptZz6SgK4tXvn36sodowMc',
  tagLength: 8,
  statedPrice,
  instructions: anchorInstructions({
    // Who fulfils, the pool's owner, its cosigner, who takes the fee.
    ...each(['fulfill_sell', 'mpl_core_fulfill_sell', ...fulfilling('sell')], {
      action: 'sale',
      buyer: 0,
      seller: 1,
      fee: 3,
    }),
    ...each(['fulfill_buy', 'mpl_core_fulfill_buy', 'cnft_fulfill_buy', ...fulfilling('buy')], {
      action: 'sale',
      buyer: 1,
      seller: 0,
      fee: 3,
    }),
    ...each(
      ['deposit_sell', 'ocp_deposit_sell', 'mip1_deposit_sell', 'ext_deposit_sell', 'mpl_core_deposit_sell'],
      {
        action: 'list',
        seller: 0,
      },
    ),
    ...each(
      [
        'withdraw_sell',
        'ocp_withdraw_sell',
        'mip1_withdraw_sell',
        'ext_withdraw_sell',
        'mpl_core_withdraw_sell',
      ],
      {
        action: 'delist',
        seller: 0,
      },
    ),
    ...each(
      [
        'create_pool',
        'update_pool',
        'update_allowlists',
        'sol_close_pool',
        'sol_deposit_buy',
        'sol_withdraw_buy',
      ],
      {
        action: 'none',
      },
    ),
    ...each(['set_shared_escrow', 'close_if_balance_invalid'], { action: 'none' }),
  }),
};

/** Wallets that take Magic Eden's fees, whatever the instruction. */
const TREASURIES: readonly string[] = [
  'rFqFJ9g7TGBD8Ed7TPDnvGKZ5pWLPDyxLcvcH2eRCtt',
  'NTYeYJ1wr4bpM5xo6zx5En44SvJFAd35zTxxNoERYqd',
  '2NZukH2TXpcuZP4htiuT8CFxcaQSWzkkR6kepSWnZ24Q',
];

export const MAGIC_EDEN: Marketplace = {
  name: 'magic-eden',
  version: 2,
  programs: [V1, AUCTIONS, V2, M3, MMM],
  treasuries: TREASURIES,
};
