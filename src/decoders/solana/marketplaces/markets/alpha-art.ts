/** Alpha Art, a marketplace of 2021 that keeps listed NFTs in an escrow. Source: captures. */
import { type MarketProgram, type Marketplace, taggedInstructions } from '../spec.js';

const ESCROW: MarketProgram = {
  address: 'HZaWndaNWHFDd9Dhk5pqUUtsmoBCqzb1MLu3NAh1VX6B',
  tagLength: 1,
  plainPrice: true,
  instructions: taggedInstructions({
    2: { name: 'exchange', action: 'sale', buyer: 0, seller: 3, fee: 11, price: 1 },
    // Out of the offer's escrow, without a transfer instruction.
    5: { name: 'accept_offer', action: 'sale', seller: 0, buyer: 2, fee: 11 },
  }),
};

export const ALPHA_ART: Marketplace = { name: 'alpha-art', version: 2, programs: [ESCROW] };
