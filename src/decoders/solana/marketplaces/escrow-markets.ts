/**
 * The marketplaces of 2021 that keep listed NFTs in an escrow: Solanart, Digital Eyes, Alpha Art, Solsea. One byte tells their
 * instructions apart; most hold a price right after it. Sources: captures, and the little that was published.
 */
import { anchorInstructions, type MarketProgram, taggedInstructions } from './spec.js';

export const SOLANART: MarketProgram = {
  marketplace: 'solanart',
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

export const DIGITAL_EYES: MarketProgram = {
  marketplace: 'digital-eyes',
  address: 'A7p8451ktDCHq5yYaHczeLMYsjRsAkzc3hCXcSrwYHU7',
  tagLength: 1,
  plainPrice: true,
  instructions: taggedInstructions({
    0: { name: 'initialize', action: 'list', seller: 0, price: 1 },
    1: { name: 'exchange', action: 'sale', buyer: 0, seller: 3, fee: 5 },
  }),
};

export const DIGITAL_EYES_DIRECT_SELL: MarketProgram = {
  marketplace: 'digital-eyes',
  address: '7t8zVJtPCFAqog1DcnB6Ku1AVKtWfHkCiPi1cAvcJyVF',
  tagLength: 8,
  instructions: new Map([
    ...anchorInstructions({
      sell: { action: 'list', seller: 0, mint: 2, price: 8 },
      cancel: { action: 'delist', seller: 0, mint: 2 },
      cancel_with_authority: { action: 'delist', seller: 1, mint: 2 },
      buy: { action: 'sale', buyer: 0, mint: 4, price: 8 },
    }),
    // Its name was never published.
    ['00bd8f40e07c9719', { name: 'change_price', action: 'reprice', seller: 0, mint: 1, price: 8 }],
  ]),
};

export const ALPHA_ART: MarketProgram = {
  marketplace: 'alpha-art',
  address: 'HZaWndaNWHFDd9Dhk5pqUUtsmoBCqzb1MLu3NAh1VX6B',
  tagLength: 1,
  plainPrice: true,
  instructions: taggedInstructions({
    2: { name: 'exchange', action: 'sale', buyer: 0, seller: 3, fee: 11, price: 1 },
  }),
};

export const SOLSEA: MarketProgram = {
  marketplace: 'solsea',
  address: '617jbWo616ggkDxvW1Le8pV38XLbVSyWY8ae6QUmGBAU',
  tagLength: 1,
  plainPrice: true,
  instructions: taggedInstructions({
    0: { name: 'init', action: 'list', seller: 5, price: 1 },
    2: { name: 'buy', action: 'sale', buyer: 2, seller: 5, fee: 7 },
  }),
};

/** Read by what their instructions do; named here so that their sales carry the name. */
export const YAWWW: MarketProgram = {
  marketplace: 'yawww',
  address: '5SKmrbAxnHV2sgqyDXkGrLrokZYtWWVEEk5Soed7VLVN',
  tagLength: 8,
  instructions: new Map(),
};

export const HADESWAP: MarketProgram = {
  marketplace: 'hadeswap',
  address: 'hadeK9DLv9eA7ya5KCTqSvSvRZeJC3JgD5a9Y3CNbvu',
  tagLength: 8,
  instructions: new Map(),
};
