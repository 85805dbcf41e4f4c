/**
 * Addresses that were discovered in blocks and are caught up with. A reader follows them besides those that
 * its configuration names.
 */
import type { Pool } from 'pg';
import type { Chain } from '../events/event.js';

/**
 * Where a chain keeps its discoveries. `ledger`: NFTs, by their mints in the ledger. `accounts`: accounts, in
 * the table `discovered_account`.
 */
export type DiscoveriesIn = 'ledger' | 'accounts';

type Db = { readonly pool: Pool };

/**
 * The addresses that a reader which starts now has to follow. With `ledger`: the NFTs whose mint is final.
 * @returns address → the block in which it was discovered; all blocks after that one were read with the
 * address, or are caught up with
 */
export async function listDiscovered(
  db: Db,
  chain: Chain,
  where: DiscoveriesIn,
): Promise<Map<string, number>> {
  const { rows } = await db.pool.query<{ address: string; since: string }>(QUERIES[where], [chain]);
  return new Map(rows.map((row) => [row.address, Number(row.since)]));
}

/**
 * An NFT is minted once, and the block of its mint is handed on only after the NFT is caught up with. So an
 * NFT whose mint is in the ledger is caught up with. One that became ours by an update is so from the
 * beginning. Core's assets need it only where no collection is named with them (readers/solana/decoder.ts).
 */
const MINTED = `SELECT asset AS address, CASE WHEN bool_or(kind = 'update') THEN 0 ELSE min(block) END AS since
    FROM ledger_event
  WHERE chain = $1 AND asset_kind = 'nft' AND kind IN ('mint', 'update') AND outcome = 'ok'
    AND (decoder IN ('spl-token', 'bubblegum')
      OR decoder = 'metaplex-core' AND (kind = 'update' OR facts #> '{nft,collection}' IS NULL))
    AND finality = 'finalized'
  GROUP BY asset`;
const REMEMBERED = `SELECT address, since FROM discovered_account WHERE chain = $1`;
const QUERIES: Readonly<Record<DiscoveriesIn, string>> = { ledger: MINTED, accounts: REMEMBERED };

/**
 * Remembers that the addresses are caught up with, for processes that start later. Call it after catching up
 * and before the block of the discovery is handed on. Does nothing with `ledger`, where the mint says the
 * same.
 * @param addresses address → the block in which it was discovered
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
