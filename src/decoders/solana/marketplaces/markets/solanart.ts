/** Solanart, a marketplace of 2021 that keeps listed NFTs in an escrow. Source: captures. */
import { type MarketProgram, type Marketplace, taggedInstructions } from '../spec.js';

const ESCROW: MarketProgram = {
  address: 'CJsLwbP1iu5DuUikHEJnLfANgKy6stB2uFgvBBHoyxwz',
  tagLength: 1,
  instructions: taggedInstructions({
    0: { name: 'create_offer', action: 'none' },
    1: { name: 'raise_offer', action: 'none' },
    2: { name: 'accept_offer', action: 'sale', seller: 0, buyer: 2, fee: 6, price: 1 },
    3: { name: 'cancel_offer', action: 'none' },
    4: { name: 'sell', action: 'list', seller: 0, price: 1 },
    // Also how a seller takes his NFT back: without a payment.
    5: { name: 'buy', action: 'sale', buyer: 0, seller: 3, fee: 6, price: 1 },
    6: { name: 'change_price', action: 'reprice', seller: 0, mint: 2, price: 1 },
  }),
};

export const SOLANART: Marketplace = { name: 'solanart', version: 1, programs: [ESCROW] };
