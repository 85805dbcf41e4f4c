/** What a chain's reader has to follow besides its configuration, because earlier blocks made it ours. */
import type { Pool } from 'pg';
import type { Chain } from '../events/event.js';

/** Addresses of NFTs whose mint stands in the ledger. */
export async function listMintedNfts(db: { readonly pool: Pool }, chain: Chain): Promise<string[]> {
  const { rows } = await db.pool.query<{ asset: string }>(
    `SELECT DISTINCT asset FROM ledger_event WHERE chain = $1 AND asset_kind = 'nft' AND kind = 'mint' AND outcome = 'ok' AND decoder = 'spl-token'`,
    [chain],
  );
  return rows.map((row) => row.asset);
}
