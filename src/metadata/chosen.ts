/** Which documents a person means. */
import type { PoolClient } from 'pg';
import { NdxError } from '../runtime/errors.js';

export interface RefreshChoice {
  /** Addresses of NFTs, as the chain names them, or ids of documents. */
  readonly names: readonly string[];
  /** Documents that were given up. */
  readonly dead?: boolean;
  /** Documents whose place can hold something else by now: those that are neither on IPFS nor Arweave. */
  readonly mutable?: boolean;
}

/** Documents that one command refreshes; more would hold up all others for hours. */
const MOST = 100_000;

/** @throws NdxError INPUT_INVALID when a name is neither an NFT with a document nor a document */
export async function chosen(client: PoolClient, { names, dead, mutable }: RefreshChoice): Promise<string[]> {
  const { rows } = await client.query<{ name: string; id: string | null }>(
    `SELECT t.given AS name, coalesce(d.id, l.document) AS id FROM unnest($1::text[]) AS t(given)
       LEFT JOIN metadata_document d ON d.id = t.given LEFT JOIN metadata_link l ON l.token_id = t.given`,
    [names],
  );
  const unknown = rows.filter(({ id }) => id === null).map(({ name }) => name);
  if (unknown.length > 0)
    throw new NdxError(
      'INPUT_INVALID',
      `no NFT with a document and no document has the name ${unknown.join(', ')}: see \`ndx metadata show\``,
    );
  const ids = new Set(rows.flatMap(({ id }) => (id === null ? [] : [id])));
  for (const [asked, which] of [
    [dead, `state = 'dead'`],
    [mutable, `uri LIKE 'http%' AND state <> 'dead'`],
  ] as const) {
    if (!asked) continue;
    const more = await client.query<{ id: string }>(
      `SELECT id FROM metadata_document WHERE ${which} ORDER BY fetched_at NULLS FIRST LIMIT ${MOST}`,
    );
    for (const { id } of more.rows) ids.add(id);
  }
  return [...ids];
}
