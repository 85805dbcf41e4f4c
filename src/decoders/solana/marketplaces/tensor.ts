/**
 * Tensor: TSwap (pools and single listings), bids on single NFTs, the marketplace program (TComp) and the pools that followed (TAMM).
 * Sources: tensorswap-sdk's IDLs, tensor-foundation's programs.
 */
import { anchorInstructions, each, type MarketProgram } from './spec.js';

const marketplace = 'tensor';

/** An instruction's siblings for Token-2022 and WNS. */
const token2022 = (name: string) => [`${name}_t22`, `wns_${name}`, `t22_${name}`];
/** `buy_nft` and its siblings for other standards. */
const variants = (name: string) => [name, `${name}_core`, ...token2022(name)];
const standards = (name: string) =>
  ['', '_legacy', '_core', '_t22', '_wns'].flatMap((suffix) => [`${name}${suffix}`, `${name}${suffix}_spl`]);

export const TENSOR_SWAP: MarketProgram = {
  marketplace,
  address: 'TSWAPaqyCSx2KABk68Shruf4rp7CxcNi8hAsbdwmHbN',
  tagLength: 8,
  instructions: anchorInstructions({
    ...each(variants('buy_single_listing'), { action: 'sale' }),
    // Token-2022's siblings have no metadata account, which stands before the parties.
    buy_nft: { action: 'sale', seller: 10, buyer: 11 },
    ...each(token2022('buy_nft'), { action: 'sale', seller: 9, buyer: 10 }),
    ...each(['sell_nft_token_pool', 'sell_nft_trade_pool'], { action: 'sale', buyer: 9, seller: 10 }),
    ...each([...token2022('sell_nft_token_pool'), ...token2022('sell_nft_trade_pool')], {
      action: 'sale',
      buyer: 8,
      seller: 9,
    }),
    take_snipe: { action: 'sale' },
    ...each(variants('list'), { action: 'list', price: 8 }),
    ...each(variants('delist'), { action: 'delist' }),
    edit_single_listing: { action: 'reprice', price: 8, mint: 1, seller: 2 },
    ...each(variants('deposit_nft'), { action: 'list' }),
    ...each(variants('withdraw_nft'), { action: 'delist' }),
    ...each(['init_pool', 'edit_pool', 'close_pool', 'deposit_sol', 'withdraw_sol', 'realloc_pool'], {
      action: 'none',
    }),
  }),
};

export const TENSOR_BID: MarketProgram = {
  marketplace,
  address: 'TB1Dqt8JeKQh7RLDzfYDJsq8KS4fS2yt87avRjyRxMv',
  tagLength: 8,
  instructions: anchorInstructions({
    take_bid: { action: 'sale', buyer: 8, seller: 9, price: 8 },
    ...each(token2022('take_bid'), { action: 'sale', price: 8 }),
    ...each(['bid', 'cancel_bid', 'close_expired_bid'], { action: 'none' }),
  }),
};

export const TENSOR_MARKETPLACE: MarketProgram = {
  marketplace,
  address: 'TCMPhJdwDryooaGtiocG1u3xcYbRpiJzb283XfCZsDp',
  tagLength: 8,
  instructions: anchorInstructions({
    ...each(standards('buy'), { action: 'sale' }),
    ...each(['take_bid_meta_hash', 'take_bid_full_meta', ...standards('take_bid')], { action: 'sale' }),
    ...each(standards('list'), { action: 'list', price: 8 }),
    list: { action: 'list', price: 8 + 8 + 4 + 3 * 32 },
    ...each([...standards('delist'), ...standards('close_expired_listing')], { action: 'delist' }),
    edit: { action: 'reprice', price: 8, seller: 1 },
    ...each(['bid', 'cancel_bid', 'close_expired_bid', 'tcomp_noop', 'withdraw_fees'], { action: 'none' }),
  }),
};

export const TENSOR_AMM: MarketProgram = {
  marketplace,
  address: 'TAMM6ub33ij1mbetoMyVBLeKY5iP41i4UPUJQGkhfsg',
  tagLength: 8,
  instructions: anchorInstructions({
    ...each(variants('buy_nft'), { action: 'sale', seller: 0, buyer: 1 }),
    ...each([...variants('sell_nft_token_pool'), ...variants('sell_nft_trade_pool')], {
      action: 'sale',
      buyer: 0,
      seller: 1,
    }),
    ...each(variants('deposit_nft'), { action: 'list', seller: 0 }),
    ...each(variants('withdraw_nft'), { action: 'delist', seller: 0 }),
    ...each(
      [
        'create_pool',
        'edit_pool',
        'close_pool',
        'close_expired_pool',
        'deposit_sol',
        'withdraw_sol',
        'tamm_noop',
      ],
      {
        action: 'none',
      },
    ),
  }),
};
