/**
 * Tensor: TSwap (pools and single listings), bids on single NFTs, the marketplace program (TComp) and the
 * pools that followed (TAMM). Sources: tensorswap-sdk's IDLs, tensor-foundation's programs (event.rs,
 * noop.rs).
 */
import type { ByteReader } from '../../bytes.js';
import { type StatedPrice, statedInLog, statedInNoop } from '../money/stated-price.js';
import { anchorInstructions, each, type MarketProgram, type Marketplace } from '../spec.js';

/** An instruction's siblings for Token-2022 and WNS. */
const token2022 = (name: string) => [`${name}_t22`, `wns_${name}`, `t22_${name}`];
/** `buy_nft` and its siblings for other standards. */
const variants = (name: string) => [name, `${name}_core`, ...token2022(name)];
const standards = (name: string) =>
  ['', '_legacy', '_core', '_t22', '_wns'].flatMap((suffix) => [`${name}${suffix}`, `${name}${suffix}_spl`]);

function readTammEvent(reader: ByteReader): StatedPrice | null {
  return reader.u8() === 0 ? readBuySell(reader) : null;
}

/** BuySellEvent { current_price, tswap_fee, mm_fee, creators_fee }. */
function readBuySell(reader: ByteReader): StatedPrice {
  const u64 = () => reader.integer(8, false);
  const amount = u64();
  const marketplaceFee = u64();
  u64();
  return { amount, marketplaceFee, royalty: u64() };
}

/** TakeBidEvent { lamports, tswap_fee, creators_fee, … }. */
function readTakeBid(reader: ByteReader): StatedPrice {
  const u64 = () => reader.integer(8, false);
  return { amount: u64(), marketplaceFee: u64(), royalty: u64() };
}

/** TcompEvent: 0 Maker (listing or bid), 1 Taker. */
function readTcompEvent(reader: ByteReader): StatedPrice | null {
  const variant = reader.u8();
  if (variant > 1) return null;
  const key = () => reader.key();
  const u64 = () => reader.integer(8, false);
  key();
  reader.option(key);
  reader.u8();
  key();
  reader.option(() => reader.u8());
  reader.option(key);
  const amount = u64();
  reader.u32();
  if (variant === 0) {
    const currency = reader.option(key);
    reader.bytes(8);
    reader.option(key);
    return named(amount, {}, currency, reader.option(key));
  }
  // Later versions have a fee of the maker's broker too: three or four fees before two options of 1 or 33
  // bytes.
  const fees = Array.from({ length: Math.floor(((reader.left - 2) % 32) / 8) === 0 ? 4 : 3 }, u64);
  const royalty = fees.at(-1) ?? 0n;
  const marketplaceFee = fees.reduce((sum, fee) => sum + fee, 0n) - royalty;
  return named(amount, { marketplaceFee, royalty }, reader.option(key), reader.option(key));
}

function named(
  amount: bigint,
  fees: Pick<StatedPrice, 'marketplaceFee' | 'royalty'>,
  currency: string | null,
  asset: string | null,
) {
  return { amount, ...fees, ...(currency !== null && { currency }), ...(asset !== null && { asset }) };
}

const SWAP: MarketProgram = {
  address: 'TSWAPaqyCSx2KABk68Shruf4rp7CxcNi8hAsbdwmHbN',
  tagLength: 8,
  statedPrice: statedInLog({ event: 'BuySellEvent', read: readBuySell }),
  instructions: anchorInstructions({
    // Token-2022's siblings have no metadata account, which stands before the parties.
    buy_single_listing: { action: 'sale', seller: 7, buyer: 8 },
    ...each(token2022('buy_single_listing'), { action: 'sale', seller: 6, buyer: 7 }),
    buy_single_listing_core: { action: 'sale' },
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

const BID: MarketProgram = {
  address: 'TB1Dqt8JeKQh7RLDzfYDJsq8KS4fS2yt87avRjyRxMv',
  tagLength: 8,
  statedPrice: statedInLog({ event: 'TakeBidEvent', read: readTakeBid }),
  instructions: anchorInstructions({
    take_bid: { action: 'sale', buyer: 8, seller: 9, price: 8 },
    ...each(token2022('take_bid'), { action: 'sale', price: 8 }),
    ...each(['bid', 'cancel_bid', 'close_expired_bid'], { action: 'none' }),
  }),
};

const MARKETPLACE: MarketProgram = {
  address: 'TCMPhJdwDryooaGtiocG1u3xcYbRpiJzb283XfCZsDp',
  tagLength: 8,
  statedPrice: statedInNoop('tcomp_noop', readTcompEvent),
  hidesNft: true,
  instructions: anchorInstructions({
    ...each(standards('buy'), { action: 'sale' }),
    ...each(['buy_legacy', 'buy_core', 'buy_t22', 'buy_wns'], { action: 'sale', seller: 6 }),
    ...each(['take_bid_meta_hash', 'take_bid_full_meta', ...standards('take_bid')], { action: 'sale' }),
    ...each(standards('list'), { action: 'list', price: 8 }),
    list: { action: 'list', price: 8 + 8 + 4 + 3 * 32 },
    ...each([...standards('delist'), ...standards('close_expired_listing')], { action: 'delist' }),
    edit: { action: 'reprice', price: 8, seller: 1 },
    ...each(['bid', 'cancel_bid', 'close_expired_bid', 'tcomp_noop', 'withdraw_fees'], { action: 'none' }),
  }),
};

const AMM: MarketProgram = {
  address: 'TAMM6ub33ij1mbetoMyVBLeKY5iP41i4UPUJQGkhfsg',
  tagLength: 8,
  statedPrice: statedInNoop('tamm_noop', readTammEvent),
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

export const TENSOR: Marketplace = {
  name: 'tensor',
  version: 2,
  programs: [SWAP, BID, MARKETPLACE, AMM],
};
