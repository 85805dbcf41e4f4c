/**
 * The marketplace of Solana Monkey Business. The buyer wraps what he pays into a temporary account, which is
 * closed to the seller, and the emptied escrow of the NFT is handed over to him. Source: captures; other
 * instructions are read by what they did.
 */
import { anchorInstructions, type MarketProgram, type Marketplace } from '../spec.js';

const PROGRAM: MarketProgram = {
  address: 'J7RagMKwSD5zJSbRQZU56ypHUtux8LRDkUpAPSKH4WPp',
  tagLength: 8,
  // The 15th account is the marketplace's own, of wrapped SOL.
  instructions: anchorInstructions({ take: { action: 'sale', fee: 14 } }),
};

export const MONKE_BUSINESS: Marketplace = { name: 'monke-business', version: 1, programs: [PROGRAM] };
