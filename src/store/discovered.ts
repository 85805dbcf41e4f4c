/**
 * Addresses that blocks made ours and that are caught up with: a reader follows them besides what its
 * configuration names.
 */
import type { Pool } from 'pg';
import type { Chain } from '../events/event.js';

/** Where a chain's discoveries stand: NFTs in the mints of the ledger, accounts in a table of their own. */
export type DiscoveriesIn = 'ledger' | 'accounts';

type Db = { readonly pool: Pool };

/**
 * @returns address → the block that it was discovered in; all blocks read after that one were read with it,
 * or caught up with. In the ledger: the NFTs whose mint is final.
 */
export async function listDiscovered(
  db: Db,
  chain: Chain,
  where: DiscoveriesIn,
): Promise<Map<string, number>> {
  const { rows } = await db.pool.query<{ address: string; since: string }>(QUERIES[where], [chain]);
  return new Map(rows.map((row) => [row.address, Number(row.since)]));
}

/** An NFT is minted once, and the block of its mint is handed on when the NFT is caught up with. */
const MINTED = `SELECT asset AS address, min(block) AS since FROM ledger_event
  WHERE chain = $1 AND asset_kind = 'nft' AND kind IN ('mint', 'update') AND outcome = 'ok'
    AND decoder IN ('spl-token', 'bubblegum') AND finality = 'finalized'
  GROUP BY asset`;
const REMEMBERED = `SELECT address, since FROM discovered_account WHERE chain = $1`;
const QUERIES: Readonly<Record<DiscoveriesIn, string>> = { ledger: MINTED, accounts: REMEMBERED };

/**
 * Call it when the addresses are caught up with, and before the block that they were discovered in is handed
 * on: processes that start later rely on it. Does nothing where the ledger says the same.
 */
export async function rememberDiscovered(
  db: Db,
  chain: Chain,
  where: DiscoveriesIn,
  addresses: ReadonlyMap<string, number>,
): Promise<void> {
  if (where === 'ledger' || addresses.size === 0) return;
  await db.pool.query(
    `INSERT INTO discovered_account AS d (chain, address, since) SELECT $1, address, since FROM unnest($2::text[], $3::bigint[]) AS t(address, since) ORDER BY 2
     ON CONFLICT (chain, address) DO UPDATE SET since = EXCLUDED.since WHERE EXCLUDED.since < d.since`,
    [chain, [...addresses.keys()], [...addresses.values()]],
  );
}
