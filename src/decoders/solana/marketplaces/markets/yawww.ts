/** Yawww: read by what its instructions do; named here so that its sales carry the name. */
import type { MarketProgram, Marketplace } from '../spec.js';

const PROGRAM: MarketProgram = {
  address: '5SKmrbAxnHV2sgqyDXkGrLrokZYtWWVEEk5Soed7VLVN',
  tagLength: 8,
  instructions: new Map(),
};

export const YAWWW: Marketplace = { name: 'yawww', version: 1, programs: [PROGRAM] };
