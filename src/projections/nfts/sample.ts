/** Reads of the table NFT for `verify`, which compares sampled rows with the chain. */
import type { Pool, PoolClient } from 'pg';
import type { Chain } from '../../events/event.js';
import type { Sample } from '../sample.js';

export interface SampledNft {
  readonly tokenId: string;
  readonly ownerAddress: string;
  readonly isBurned: boolean;
  readonly isListed: boolean;
}

/** NFTs of the chain, chosen at random. */
export async function chooseNfts(pool: Pool, { chain, size, seed }: Sample): Promise<SampledNft[]> {
  const { rows } = await pool.query<SampledNft>(
    `SELECT "tokenId", "ownerAddress", "isBurned", "isListed" FROM "NFT"
      WHERE chain = $1 ORDER BY hashtextextended("tokenId", $2), "tokenId" LIMIT $3`,
    [chain, seed, size],
  );
  return rows;
}

export interface StoredHolding {
  readonly owner: string;
  readonly burned: boolean;
  /** Whether the NFT has events after the block, which the row counts already. */
  readonly later: boolean;
}

/** Who holds the NFT by its row; null when it has none. */
export async function holdingOfRow(
  client: PoolClient,
  chain: Chain,
  tokenId: string,
  block: number,
): Promise<StoredHolding | null> {
  const { rows } = await client.query<StoredHolding>(
    `SELECT n."ownerAddress" AS owner, n."isBurned" AS burned,
            EXISTS (SELECT 1 FROM ledger_event l
                     WHERE l.chain = $1 AND l.asset = $2 AND l.asset_kind = 'nft' AND l.block > $3) AS later
       FROM "NFT" n WHERE n."tokenId" = $2`,
    [chain, tokenId, block],
  );
  return rows[0] ?? null;
}
