/**
 * Orbis: a listed NFT stays in its owner's wallet, which lets the marketplace's PDA freeze and move it.
 * Instruction names as its users publish them; places of the accounts by transactions that were built after
 * them.
 */
import { anchorInstructions, each, type MarketProgram, type Marketplace } from '../spec.js';

const PROGRAM: MarketProgram = {
  address: '2kmsyJ3oZHpk1Qwp4U5X4nm7KPBJrbaXdKyZYc166s6Q',
  tagLength: 8,
  instructions: anchorInstructions({
    // Asset, collection, buyer, seller, the delegate.
    buy_core_v2: { action: 'sale', buyer: 2, seller: 3 },
    buy_nft: { action: 'sale' },
    ...each(['list_core_v2', 'list_nft'], { action: 'list' }),
    ...each(['delist_core_v2', 'delist_nft'], { action: 'delist' }),
    update_price: { action: 'reprice' },
    ...each(['make_collection_offer_v2', 'cancel_collection_offer_v2'], { action: 'none' }),
  }),
};

export const ORBIS: Marketplace = { name: 'orbis', version: 1, programs: [PROGRAM] };
