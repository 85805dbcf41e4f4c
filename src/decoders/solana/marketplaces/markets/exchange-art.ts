/**
 * Exchange Art: the first escrow program, buy-now, offers and auctions. Source: exchangeart/contracts-idls;
 * auctions by captures.
 */
import {
  anchorInstructions,
  each,
  type MarketProgram,
  type Marketplace,
  taggedInstructions,
} from '../spec.js';

const ESCROW: MarketProgram = {
  address: 'AmK5g2XcyptVLCFESBCJqoSfwV3znGoVYQnqEnaAZKWn',
  tagLength: 1,
  instructions: taggedInstructions({
    0: { name: 'initialize', action: 'list', seller: 0, price: 1 },
    1: { name: 'accept_exchange_by_taker', action: 'sale', buyer: 0, seller: 3, fee: 5 },
  }),
};

const BUY_NOW: MarketProgram = {
  address: 'EXBuYPNgBUXMTsjCbezENRUtFQzjUNZxvPGTd11Pznk5',
  tagLength: 8,
  instructions: anchorInstructions({
    create_buynow_sale: { action: 'list', seller: 0, mint: 1, price: 9 },
    create_buynow_royalty_protected_sale: { action: 'list', seller: 0, mint: 5, price: 9 },
    edit_buynow_sale: { action: 'reprice', seller: 0, mint: 2, price: 8 },
    cancel_buynow_sale: { action: 'delist', seller: 0, mint: 2 },
    execute_buynow_sale: { action: 'sale', buyer: 0, seller: 1, mint: 3, fee: 10, price: 9 },
    // The master edition is kept while prints of it are sold: those are mints.
    ...each(['create_fixed_price_edition_sale', 'create_incrementing_price_edition_sale'], {
      action: 'list',
      seller: 0,
      mint: 1,
      price: 8,
    }),
    ...each(['end_fixed_price_edition_sale', 'end_incrementing_price_edition_sale'], {
      action: 'delist',
      seller: 0,
      mint: 1,
    }),
    ...each(['mint_fixed_price_edition', 'mint_incrementing_price_edition', 'migrate_listing'], {
      action: 'none',
    }),
  }),
};

const OFFERS: MarketProgram = {
  address: 'exofLDXJoFji4Qyf9jSAH59J4pp82UT5pmGgR6iT24Z',
  tagLength: 8,
  instructions: anchorInstructions({
    accept_offer: { action: 'sale', seller: 0, buyer: 1, mint: 2, fee: 7, price: 8 },
    ...each(['make_offer', 'cancel_offer'], { action: 'none' }),
  }),
};

/** What it has no name for is read by what it did: the NFT into the auction's escrow is a listing. */
const AUCTIONS: MarketProgram = {
  address: 'exAuvFHqXXbiLrM4ce9m1icwuSyXytRnfBkajukDFuB',
  tagLength: 1,
  instructions: taggedInstructions({
    // Pays the seller out of the auction's escrow without a transfer instruction; back to the seller where
    // nobody bid.
    2: { name: 'redeem', action: 'sale', seller: 3, fee: 5 },
  }),
};

export const EXCHANGE_ART: Marketplace = {
  name: 'exchange-art',
  version: 2,
  programs: [ESCROW, BUY_NOW, OFFERS, AUCTIONS],
};
