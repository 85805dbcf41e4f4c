/** Hadeswap: read by what its instructions do; named here so that its sales carry the name. */
import type { MarketProgram, Marketplace } from '../spec.js';

const PROGRAM: MarketProgram = {
  address: 'hadeK9DLv9eA7ya5KCTqSvSvRZeJC3JgD5a9Y3CNbvu',
  tagLength: 8,
  instructions: new Map(),
};

export const HADESWAP: Marketplace = { name: 'hadeswap', version: 1, programs: [PROGRAM] };
