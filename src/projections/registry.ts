/** All projections, in the order in which their rows refer to one another; reverting goes the other way. */
import { nfts } from './nfts/projection.js';
import type { Projection } from './projection.js';
import { staking } from './staking/projection.js';
import { tokens } from './tokens/projection.js';
import { transactions } from './transactions/projection.js';
import { wallets } from './wallets/projection.js';

export const PROJECTIONS: readonly Projection[] = [wallets, nfts, transactions, tokens, staking];
