/** What is known of one document, for people. */
import type { Pool } from 'pg';
import { NdxError } from '../runtime/errors.js';

export interface ShownDocument {
  readonly id: string;
  readonly uri: string;
  readonly state: string;
  readonly failures: number;
  readonly error: string | null;
  readonly fetchedAt: string | null;
  readonly nextAt: string | null;
  readonly contentHash: string | null;
  readonly ipfsHash: string | null;
  readonly name: string | null;
  readonly image: string | null;
}

/**
 * The document of an NFT or with this id, and what is known of it.
 * @throws NdxError INPUT_INVALID when there is none
 */
export async function showDocument(db: { readonly pool: Pool }, name: string): Promise<ShownDocument> {
  const { rows } = await db.pool.query<ShownDocument>(
    `SELECT d.id, d.uri, d.state, d.failures, d.error, to_json(d.fetched_at)#>>'{}' AS "fetchedAt",
            to_json(d.next_at)#>>'{}' AS "nextAt", d.content_hash AS "contentHash", d.ipfs_hash AS "ipfsHash",
            d.name, d.image
       FROM metadata_document d
      WHERE d.id = $1 OR d.id = (SELECT document FROM metadata_link WHERE token_id = $1)`,
    [name],
  );
  const [found] = rows;
  if (found === undefined)
    throw new NdxError('INPUT_INVALID', `${name} is neither an NFT whose uri is known nor a document`);
  return found;
}
