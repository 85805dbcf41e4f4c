/**
 * Chooses the rows and blocks that are compared with the chain: at random, but the same for the same seed.
 */
import type { Pool } from 'pg';
import type { Chain } from '../../events/event.js';
import type { BlockRange } from '../../events/range.js';
import { randomFrom } from './random.js';

export interface SampledNft {
  readonly tokenId: string;
  readonly ownerAddress: string;
  readonly isBurned: boolean;
  readonly isListed: boolean;
}

type Choice = { readonly chain: Chain; readonly size: number; readonly seed: number };

export async function chooseNfts(pool: Pool, { chain, size, seed }: Choice): Promise<SampledNft[]> {
  const { rows } = await pool.query<SampledNft>(
    `SELECT "tokenId", "ownerAddress", "isBurned", "isListed" FROM "NFT" WHERE chain = $1 ORDER BY hashtextextended("tokenId", $2), "tokenId" LIMIT $3`,
    [chain, seed, size],
  );
  return rows;
}

export async function chooseBalances(
  pool: Pool,
  { chain, size, seed }: Choice,
): Promise<{ token: string; address: string }[]> {
  const { rows } = await pool.query<{ token: string; address: string }>(
    `SELECT token, address FROM wallet_balance WHERE chain = $1 ORDER BY hashtextextended(token || ' ' || address, $2), token, address LIMIT $3`,
    [chain, seed, size],
  );
  return rows;
}

export async function chooseStakers(pool: Pool, { chain, size, seed }: Choice): Promise<string[]> {
  const { rows } = await pool.query<{ wallet: string }>(
    `SELECT "walletAddress" AS wallet FROM "Staking" WHERE chain = $1 GROUP BY 1 ORDER BY hashtextextended("walletAddress", $2), 1 LIMIT $3`,
    [chain, seed, size],
  );
  return rows.map((row) => row.wallet);
}

/**
 * Half of them are blocks with events of ours, the others any blocks. Ascending and each once, so there may
 * be fewer than `size`. A range of at most `size` blocks is chosen whole.
 */
export async function chooseBlocks(
  pool: Pool,
  range: BlockRange,
  { chain, size, seed }: Choice,
): Promise<number[]> {
  const random = randomFrom(seed);
  const width = range.toBlock - range.fromBlock + 1;
  if (width <= size) return Array.from({ length: Math.max(0, width) }, (_, at) => range.fromBlock + at);
  const places = Array.from({ length: size }, () => range.fromBlock + Math.floor(random() * width));
  const busy = places.slice(0, Math.ceil(size / 2));
  const { rows } = await pool.query<{ block: string }>(
    `SELECT next.block FROM unnest($2::bigint[]) AS place CROSS JOIN LATERAL (
       SELECT block FROM ledger_event WHERE chain = $1 AND block BETWEEN place AND $3 ORDER BY block LIMIT 1) next`,
    [chain, busy, range.toBlock],
  );
  const chosen = [...rows.map((row) => Number(row.block)), ...places.slice(busy.length)];
  return [...new Set(chosen)].sort((a, b) => a - b);
}
