/** The Staking table as `ndx verify` compares it. */
import { type DerivedTable, ofChain } from '../derived-table.js';

export const STAKING: DerivedTable = {
  name: 'Staking',
  // The fold looks up a staker's positions by wallet address.
  writes: [{ name: 'Staking', omitted: { chain: 'matched' }, keepIndexes: true }],
  key: ['transactionHash', 'eventIndex'],
  columns: [
    'id',
    'walletAddress',
    'userId',
    'tokenId',
    'pool',
    'amount',
    'startDate',
    'endDate',
    'duration',
    'apy',
    'rewards',
    'claimedRewards',
    'isActive',
    'metadata',
    'createdAt',
    'updatedAt',
  ],
  telling: ['walletAddress', 'amount'],
  rows: ofChain('Staking'),
};
