/**
 * The rows of NFTMetadata: one for each content, which the NFT of lowest (chain, mint position, tokenId) owns
 * among all whose documents have it. The others find it by `metadata_link.ipfs_hash`.
 */
import type { PoolClient } from 'pg';
import { bulk } from '../../store/bulk.js';
import { rowId } from '../../store/ids.js';

/** Folds the rows of these contents again; a content that no NFT has any more loses its row. */
export async function showContents(client: PoolClient, contents: ReadonlySet<string>): Promise<void> {
  if (contents.size === 0) return;
  const input = bulk([...contents].sort(), {
    id: ['text', (hash) => rowId('metadata', hash)],
    hash: ['text', (hash) => hash],
  });
  // Rows under other ids were written by the platform and stay as they are.
  await client.query(
    `DELETE FROM "NFTMetadata" m USING ${input.from}
      WHERE m.id = t.id AND NOT EXISTS (SELECT 1 FROM metadata_link l WHERE l.ipfs_hash = t.hash)`,
    [...input.values],
  );
  await client.query(
    `INSERT INTO "NFTMetadata" AS m (id, "nftId", "ipfsHash", name, description, attributes, "externalUrl", "createdAt")
     ${contentRows(input.from)} ORDER BY t.hash
     ON CONFLICT ("ipfsHash") DO UPDATE SET "nftId" = EXCLUDED."nftId", name = EXCLUDED.name,
       description = EXCLUDED.description, attributes = EXCLUDED.attributes,
       "externalUrl" = EXCLUDED."externalUrl", "createdAt" = EXCLUDED."createdAt"
     WHERE m.id = EXCLUDED.id
       AND ROW(m."nftId", m.name, m.description, m.attributes, m."externalUrl", m."createdAt")
           IS DISTINCT FROM ROW(EXCLUDED."nftId", EXCLUDED.name, EXCLUDED.description, EXCLUDED.attributes,
                                EXCLUDED."externalUrl", EXCLUDED."createdAt")`,
    [...input.values],
  );
}

/**
 * SELECT of the rows as the fold gives them, for contents in `t(id, hash)`. `createdAt` is the owner's,
 * because times in rows come from the chain. A document without a name has an empty one: the column asks for
 * a text.
 */
export function contentRows(from: string): string {
  return `SELECT t.id, n.id AS "nftId", t.hash AS "ipfsHash", coalesce(d.name, '') AS name, d.description,
            d.attributes, d.external_url AS "externalUrl", n."createdAt"
       FROM ${from}
       CROSS JOIN LATERAL (SELECT token_id, document FROM metadata_link WHERE ipfs_hash = t.hash
                            ORDER BY chain, position, token_id LIMIT 1) l
       JOIN metadata_document d ON d.id = l.document
       JOIN "NFT" n ON n."tokenId" = l.token_id`;
}
