/**
 * Metaplex Auction House and the marketplaces that ran on it; the auction house's account tells which. Copies
 * of the program have files of their own. Source: mpl-auction-house's IDL. `execute_sale` and `sell` hold
 * three bumps before the price, some copies two.
 */
import { anchorInstructions, each, type MarketProgram, type Marketplace } from '../spec.js';

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

/**
 * @param price byte at which `execute_sale` and `sell` hold their price: 11, or 10 in copies with two bumps
 */
export function auctionHouseInstructions(price: number) {
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

const PROGRAM: MarketProgram = {
  address: 'hausS13jsjafwWwGqZTUQRmWyvyxn9EQpqMwV1PBBmk',
  tagLength: 8,
  instructions: auctionHouseInstructions(11),
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

export const AUCTION_HOUSE: Marketplace = { name: 'auction-house', version: 1, programs: [PROGRAM] };
