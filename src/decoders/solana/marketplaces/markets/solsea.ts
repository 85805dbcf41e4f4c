/** Solsea, a marketplace of 2021 that keeps listed NFTs in an escrow. Source: captures. */
import { type MarketProgram, type Marketplace, taggedInstructions } from '../spec.js';

const ESCROW: MarketProgram = {
  address: '617jbWo616ggkDxvW1Le8pV38XLbVSyWY8ae6QUmGBAU',
  tagLength: 1,
  plainPrice: true,
  instructions: taggedInstructions({
    0: { name: 'init', action: 'list', seller: 5, price: 1 },
    2: { name: 'buy', action: 'sale', buyer: 2, seller: 5, fee: 7 },
  }),
};

export const SOLSEA: Marketplace = { name: 'solsea', version: 1, programs: [ESCROW] };
