/** A wallet in responses. */
import { z } from 'zod';
import { baseUnits, chain, friendlyAddresses, time, wholeUnits } from './common.js';
import { nftPage } from './nfts.js';
import { stakePage } from './staking.js';

const balance = z
  .object({
    chain,
    token: z.string(),
    amount: baseUnits,
    symbol: z.string().nullable(),
    decimals: z.int().nullable(),
    wholeAmount: wholeUnits.nullable().describe('Null when the configuration does not know the token'),
  })
  .meta({ id: 'Balance' });

const musicToken = z
  .object({
    id: z.string(),
    balance: wholeUnits,
    totalEarned: wholeUnits,
    totalSpent: wholeUnits,
    lastClaimed: time.nullable(),
    updatedAt: time,
  })
  .meta({
    id: 'MusicToken',
    description: "The platform's token, over all wallets of the user on this chain",
  });

export const wallet = z
  .object({
    address: z.string(),
    chain,
    provider: z.string().nullable(),
    isPrimary: z.boolean(),
    userId: z.string().nullable(),
    isPlaceholder: z.boolean().describe('No person of the platform has claimed the wallet yet'),
    createdAt: time,
    nfts: nftPage.describe('First page; go on at /v1/nfts?owner='),
    balances: z.array(balance),
    musicToken: musicToken.nullable(),
    stakes: stakePage.describe('First page; go on at /v1/staking?wallet='),
    friendlyAddresses,
  })
  .meta({ id: 'Wallet' });
