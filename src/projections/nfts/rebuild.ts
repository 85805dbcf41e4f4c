/**
 * Folds NFTs again from their events in the ledger: after events were withdrawn, and when verify found wrong
 * rows.
 */
import type { PoolClient } from 'pg';
import type { Chain } from '../../events/event.js';
import { type LedgerRow, readLedger } from '../../store/ledger/ledger.js';
import { chainOf, type Damage, type RowCounts, sortedKeys } from '../projection.js';
import { isExpected, isOrphan, keysOf } from '../row-difference.js';
import { foldNfts } from './fold.js';
import { replaceNfts } from './write.js';

export async function revert(client: PoolClient, rows: readonly LedgerRow[]): Promise<RowCounts> {
  return refold(client, chainOf(rows), sortedKeys(foldNfts(rows).map((state) => state.tokenId)));
}

export async function restore(client: PoolClient, { chain, differences }: Damage): Promise<void> {
  await refold(client, chain, sortedKeys(keysOf(differences.filter(isExpected), 'tokenId')));
}

export async function remove(client: PoolClient, { chain, differences }: Damage): Promise<void> {
  await refold(client, chain, sortedKeys(keysOf(differences.filter(isOrphan), 'tokenId')));
}

/** Rebuilds the named NFTs. An NFT that has no event left is deleted with its NFTMetadata. */
async function refold(
  client: PoolClient,
  chain: Chain | undefined,
  touched: readonly string[],
): Promise<RowCounts> {
  if (touched.length === 0) return {};
  // Lock before reading the ledger: a worker that adds an event to one of these NFTs waits until this
  // transaction ends and then merges its event.
  await client.query(`SELECT 1 FROM "NFT" WHERE "tokenId" = ANY($1) ORDER BY "tokenId" FOR UPDATE`, [
    touched,
  ]);
  const kept = foldNfts(
    await readLedger(client, `l.chain = $1 AND l.asset = ANY($2) AND l.asset_kind = 'nft'`, [chain, touched]),
  );
  const gone = new Set(touched);
  for (const state of kept) gone.delete(state.tokenId);
  await client.query(
    `DELETE FROM "NFTMetadata" m USING "NFT" n WHERE m."nftId" = n.id AND n."tokenId" = ANY($1)`,
    [[...gone]],
  );
  const deleted = await client.query(`DELETE FROM "NFT" WHERE "tokenId" = ANY($1)`, [[...gone]]);
  await replaceNfts(client, kept);
  return { NFT: (deleted.rowCount ?? 0) + kept.length };
}
