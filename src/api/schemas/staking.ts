/** Stakes in responses. */
import { z } from 'zod';
import { chain, metadata, pageSchema, time, wholeUnits } from './common.js';

const stake = z
  .object({
    id: z.string(),
    chain,
    userId: z.string(),
    tokenId: z.string().describe('MusicToken id'),
    walletAddress: z.string(),
    pool: z.string().describe('Staking program or contract'),
    amount: wholeUnits.describe('Still staked'),
    startDate: time,
    endDate: time.nullable(),
    duration: z.int().describe('Days'),
    apy: z.string().describe('Percent a year'),
    rewards: wholeUnits,
    claimedRewards: wholeUnits,
    isActive: z.boolean(),
    transactionHash: z.string(),
    eventIndex: z.int(),
    metadata,
    createdAt: time,
    updatedAt: time,
  })
  .meta({ id: 'Stake' });

export const stakePage = pageSchema(stake).meta({ id: 'StakePage' });
