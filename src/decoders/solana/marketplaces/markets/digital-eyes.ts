/**
 * Digital Eyes: the escrow of 2021 and the later program that leaves the NFT with its owner.
 * Sources: captures, and the little that was published.
 */
import { anchorInstructions, type MarketProgram, type Marketplace, taggedInstructions } from '../spec.js';

const ESCROW: MarketProgram = {
  address: 'A7p8451ktDCHq5yYaHczeLMYsjRsAkzc3hCXcSrwYHU7',
  tagLength: 1,
  plainPrice: true,
  instructions: taggedInstructions({
    0: { name: 'initialize', action: 'list', seller: 0, price: 1 },
    1: { name: 'exchange', action: 'sale', buyer: 0, seller: 3, fee: 5 },
  }),
};

const DIRECT_SELL: MarketProgram = {
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

export const DIGITAL_EYES: Marketplace = {
  name: 'digital-eyes',
  version: 1,
  programs: [ESCROW, DIRECT_SELL],
};
