/**
 * Metaplex Auction House and the marketplaces that ran on it or on a copy of it; the auction house's account tells which.
 * Source: mpl-auction-house's IDL. An `execute_sale` and `sell` hold three bumps before the price, M2-like copies two.
 */
import { anchorInstructions, each, type MarketProgram } from './spec.js';

const BIDS = [
  'buy',
  'public_buy',
  'auctioneer_buy',
  'auctioneer_public_buy',
  'deposit',
  'auctioneer_deposit',
  'withdraw',
  'auctioneer_withdraw',
];
const RECEIPTS = [
  'print_listing_receipt',
  'cancel_listing_receipt',
  'print_bid_receipt',
  'cancel_bid_receipt',
  'print_purchase_receipt',
];
const HOUSEKEEPING = [
  'withdraw_from_fee',
  'withdraw_from_treasury',
  'create_auction_house',
  'update_auction_house',
  'close_escrow_account',
];

function instructions(price: number) {
  return anchorInstructions({
    sell: { action: 'list', seller: 0, price },
    auctioneer_sell: { action: 'list', seller: 0 },
    execute_sale: { action: 'sale', buyer: 0, seller: 1, fee: 12, price },
    execute_partial_sale: { action: 'sale', buyer: 0, seller: 1, fee: 12, price },
    ...each(['auctioneer_execute_sale', 'auctioneer_execute_partial_sale'], {
      action: 'sale',
      buyer: 0,
      seller: 1,
      fee: 13,
      price,
    }),
    ...each(['cancel', 'auctioneer_cancel'], { action: 'cancel', seller: 0 }),
    ...each([...BIDS, ...RECEIPTS, ...HOUSEKEEPING, 'cancel_buy'], { action: 'none' }),
    cancel_sell: { action: 'delist', seller: 0 },
  });
}

export const AUCTION_HOUSE: MarketProgram = {
  marketplace: 'auction-house',
  address: 'hausS13jsjafwWwGqZTUQRmWyvyxn9EQpqMwV1PBBmk',
  tagLength: 8,
  instructions: instructions(11),
  marketplaces: new Map([
    ['3o9d13qUvEuuauhFrVom1vuCzgNsJifeaBYDPquaT73Y', 'open-sea'],
    // Its authority and its fee wallet: a house of another currency is another account.
    ['pAHAKoTJsAAe2ZcvTZUxoYzuygVAFAmbYmJYdWT886r', 'open-sea'],
    ['8mcjXbJ8j4VryYFNpcBCFS37Au8zVYU53WTVaruJWcKt', 'open-sea'],
    // Captured as OpenSea's; others name it otherwise.
    ['GWErq8nJf5JQtohg5k7RTkiZmoCxvGBJqbMSfkrxYFFy', 'open-sea'],
    ['29xtkHHFLUHXiLoxTzbC7U8kekTwN3mVQSkfXnB1sQ6e', 'coral-cube'],
    ['9SvsTjqk3YoicaYnC4VW1f8QAN9ku7QCCk6AyfUdzc9t', 'holaplex'],
    ['BAmKB58MgkeYF2VueVBfASL5q8Qf6VKp4nA4cRuVUVft', 'fractal'],
  ]),
};

export const CORAL_CUBE: MarketProgram = {
  marketplace: 'coral-cube',
  address: '6U2LkBQ6Bqd1VFt7H76343vpSwS5Tb1rNyXSNnjkf9VL',
  tagLength: 8,
  instructions: instructions(11),
};

export const HYPERSPACE: MarketProgram = {
  marketplace: 'hyperspace',
  address: 'HYPERfwdTjyJ2SCaKHmpF2MtrXqWxrsotYDsTrshHWq8',
  tagLength: 8,
  instructions: instructions(10),
};
