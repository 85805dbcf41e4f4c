/** What a chain's reader has to follow besides its configuration, because earlier blocks made it ours. */
import type { Pool } from 'pg';
import type { Chain } from '../events/event.js';

type Db = { readonly pool: Pool };

/**
 * Found so far: address → the block from which on everything that was read was read with it, or caught up with. Solana: the NFTs whose
 * mint stands in the ledger and is final. TON: what was remembered.
 */
export async function listDiscovered(db: Db, chain: Chain): Promise<Map<string, number>> {
  const { rows } = await db.pool.query<{ address: string; since: string }>(
    chain === 'solana' ? MINTED : REMEMBERED,
    [chain],
  );
  return new Map(rows.map((row) => [row.address, Number(row.since)]));
}

/** An NFT is minted once, and its mint is handed on when everything after it is caught up with. */
const MINTED = `SELECT asset AS address, min(block) AS since FROM ledger_event
  WHERE chain = $1 AND asset_kind = 'nft' AND kind = 'mint' AND outcome = 'ok' AND decoder = 'spl-token' AND finality = 'finalized'
  GROUP BY asset`;
const REMEMBERED = `SELECT address, since FROM discovered_account WHERE chain = $1`;

/**
 * Call it before the block that makes them known is handed on, and after what was read without them is caught up with: who starts after
 * us believes it. Solana's ledger remembers by itself.
 */
export async function rememberDiscovered(
  db: Db,
  chain: Chain,
  addresses: ReadonlyMap<string, number>,
): Promise<void> {
  if (chain === 'solana' || addresses.size === 0) return;
  await db.pool.query(
    `INSERT INTO discovered_account AS d (chain, address, since) SELECT $1, address, since FROM unnest($2::text[], $3::bigint[]) AS t(address, since) ORDER BY 2
     ON CONFLICT (chain, address) DO UPDATE SET since = EXCLUDED.since WHERE EXCLUDED.since < d.since`,
    [chain, [...addresses.keys()], [...addresses.values()]],
  );
}
