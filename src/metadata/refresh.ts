/**
 * Asking again by hand: for some NFTs, for documents that were given up, or for all that can have changed.
 */
import { type Database, inTransaction } from '../store/database.js';
import { chosen, type RefreshChoice } from './chosen.js';

export interface Refreshed {
  readonly id: string;
  readonly uri: string;
  readonly state: string;
}

/**
 * Makes the documents due now, before all that were found or traded. They are asked for whole and read anew,
 * whatever was stored.
 * @param dryRun only says which
 * @throws NdxError INPUT_INVALID when a name is neither an NFT with a document nor a document
 */
export function refresh(
  db: Pick<Database, 'pool'>,
  choice: RefreshChoice,
  dryRun: boolean,
): Promise<readonly Refreshed[]> {
  return inTransaction(db.pool, async (client) => {
    const ids = await chosen(client, choice);
    const { rows } = await client.query<Refreshed>(
      dryRun
        ? 'SELECT id, uri, state FROM metadata_document WHERE id = ANY($1) ORDER BY id'
        : `WITH due AS (
             UPDATE metadata_document SET priority = 1, next_at = now(), failures = 0, parser = NULL,
                    etag = NULL, last_modified = NULL,
                    state = CASE WHEN state = 'dead' AND content_hash IS NULL THEN 'waiting'
                                 WHEN state = 'dead' THEN 'ready' ELSE state END
              WHERE id = ANY($1) RETURNING id, uri, state)
           SELECT * FROM due ORDER BY id`,
      [ids],
    );
    // What is shown is folded again, too: a row that somebody changed by hand is mended.
    if (!dryRun)
      await client.query(`INSERT INTO metadata_mark (document, reason) SELECT unnest($1::text[]), 'moved'`, [
        ids,
      ]);
    return rows;
  });
}
