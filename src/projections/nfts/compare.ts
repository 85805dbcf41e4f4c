/** The NFT table as `ndx verify` compares it. */
import { type DerivedTable, ofChain } from '../derived-table.js';

export const NFT: DerivedTable = {
  name: 'NFT',
  writes: [
    {
      name: 'NFT',
      omitted: { chain: 'matched', description: 'metadata', imageUrl: 'metadata', collectionId: 'platform' },
    },
  ],
  key: ['tokenId'],
  columns: [
    'id',
    'contractAddress',
    'name',
    'owner',
    'ownerAddress',
    'creatorId',
    'creatorAddress',
    'price',
    'isListed',
    'isBurned',
    'metadata',
    'metadataPositions',
    'blockchainTx',
    'createdAt',
    'updatedAt',
    'firstPosition',
    'originPosition',
    'contractPosition',
    'namePosition',
    'ownerPosition',
    'listingPosition',
    'pricePosition',
    'lastPosition',
  ],
  telling: ['ownerAddress'],
  rows: ofChain('NFT'),
};
