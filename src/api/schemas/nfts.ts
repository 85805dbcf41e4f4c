/** NFTs in responses. */
import { z } from 'zod';
import { chain, friendlyAddresses, metadata, pageSchema, time, wholeUnits } from './common.js';
import { event } from './events.js';

const fields = {
  id: z.string(),
  tokenId: z.string(),
  chain,
  contractAddress: z.string(),
  name: z.string(),
  description: z.string().nullable(),
  imageUrl: z.string().nullable(),
  owner: z.string().describe('User id'),
  ownerAddress: z.string().describe('Wallet that holds it; the last holder of a burned NFT'),
  creatorId: z.string(),
  creatorAddress: z.string(),
  collectionId: z.string().nullable(),
  collectionAddress: z.string().nullable(),
  price: wholeUnits.nullable().describe('Whole units of `metadata.currency`'),
  isListed: z.boolean(),
  isBurned: z.boolean(),
  metadata,
  blockchainTx: z.string().nullable().describe('Transaction that minted it, or the first that showed it'),
  createdAt: time,
  updatedAt: time,
};

const nft = z.object(fields).meta({ id: 'NFT' });
export const nftPage = pageSchema(nft).meta({ id: 'NFTPage' });
export const nftDetail = z
  .object({
    ...fields,
    history: pageSchema(event).describe('Its events, oldest first; `cursor` and `limit` page through them'),
    friendlyAddresses,
  })
  .meta({ id: 'NFTDetail' });
