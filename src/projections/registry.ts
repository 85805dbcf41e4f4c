/**
 * All projections, in the order in which their rows refer to each other: a row only refers to rows of
 * projections before its own. Reverting goes in reverse order.
 */
import { nfts } from './nfts/projection.js';
import type { Projection } from './projection.js';
import { staking } from './staking/projection.js';
import { tokens } from './tokens/projection.js';
import { transactions } from './transactions/projection.js';
import { wallets } from './wallets/projection.js';

export const PROJECTIONS: readonly Projection[] = [wallets, nfts, transactions, tokens, staking];
