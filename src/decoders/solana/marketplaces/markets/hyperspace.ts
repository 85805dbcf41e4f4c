/** Hyperspace, a copy of the Auction House. */
import type { Marketplace } from '../spec.js';
import { auctionHouseInstructions } from './auction-house.js';

export const HYPERSPACE: Marketplace = {
  name: 'hyperspace',
  version: 1,
  programs: [
    {
      address: 'HYPERfwdTjyJ2SCaKHmpF2MtrXqWxrsotYDsTrshHWq8',
      tagLength: 8,
      instructions: auctionHouseInstructions(10),
    },
  ],
};
