/**
 * The NFT table. Kind: latest wins by chain position, for each attribute (fold.ts). Undoing folds the events
 * of the touched NFTs again; the index `ledger_event_nft_idx` finds them.
 */
import type { PoolClient } from 'pg';
import type { LedgerRow } from '../../store/ledger/ledger.js';
import type { Prepared, Projection } from '../projection.js';
import { NFT } from './compare.js';
import { explain } from './explain.js';
import { foldNfts } from './fold.js';
import { remove, restore, revert } from './rebuild.js';
import { mergeNfts, nftInput } from './write.js';

async function prepare(client: PoolClient, rows: readonly LedgerRow[]): Promise<Prepared> {
  const states = foldNfts(rows);
  const input = nftInput(states);
  return {
    counts: {},
    write: async () => (states.length === 0 ? {} : { NFT: await mergeNfts(client, input) }),
  };
}

export const nfts: Projection = { name: 'nfts', tables: [NFT], prepare, revert, restore, remove, explain };
