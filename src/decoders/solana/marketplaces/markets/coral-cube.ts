/** Coral Cube, a copy of the Auction House. */
import type { Marketplace } from '../spec.js';
import { auctionHouseInstructions } from './auction-house.js';

export const CORAL_CUBE: Marketplace = {
  name: 'coral-cube',
  version: 1,
  programs: [
    {
      address: '6U2LkBQ6Bqd1VFt7H76343vpSwS5Tb1rNyXSNnjkf9VL',
      tagLength: 8,
      instructions: auctionHouseInstructions(11),
    },
  ],
};
