/**
 * Holds what NFTs show of their documents against these, and the documents against the content that was
 * fetched. What is marked and not carried yet is left out. Nothing is asked of anybody: whether a host still
 * gives the same is for `ndx metadata refresh`.
 */
import type { PoolClient } from 'pg';
import type { Chain } from '../events/event.js';
import { PARSER } from '../metadata/document/document.js';
import { reread } from '../metadata/reread.js';
import { contentRows } from '../metadata/tables/show-contents.js';
import type { Findings } from './findings.js';

const PAGE = 200;

/** NFTs and contents that somebody will carry soon. */
const PENDING = `pending AS (
  SELECT token_id FROM metadata_mark WHERE token_id IS NOT NULL
  UNION SELECT l.token_id FROM metadata_link l JOIN metadata_mark m ON m.document = l.document)`;

/** An NFT's link, description and picture. $1 is the chain. */
const NFTS = `WITH ${PENDING}
  SELECT coalesce(n."tokenId", l.token_id) AS key,
         CASE WHEN l.token_id IS NULL THEN 'its uri was never read'
              WHEN n.id IS NULL THEN 'no NFT names this document any more'
              WHEN l.uri_hash <> md5(n.metadata->>'uri') OR l.position <> n."originPosition"
                THEN 'the link is that of another uri or mint'
              WHEN l.ipfs_hash IS DISTINCT FROM d.ipfs_hash THEN 'the link is that of another content'
              ELSE 'description or imageUrl are not those of the document' END AS message
    FROM (SELECT * FROM public."NFT" WHERE chain = $1 AND metadata ? 'uri') n
    FULL JOIN (SELECT * FROM metadata_link WHERE chain = $1) l ON l.token_id = n."tokenId"
    LEFT JOIN metadata_document d ON d.id = l.document
   WHERE (n.id IS NULL OR l.token_id IS NULL OR l.uri_hash <> md5(n.metadata->>'uri')
          OR l.position <> n."originPosition" OR l.ipfs_hash IS DISTINCT FROM d.ipfs_hash
          OR ROW(n.description, n."imageUrl") IS DISTINCT FROM ROW(d.description, d.image))
     AND coalesce(n."tokenId", l.token_id) NOT IN (SELECT token_id FROM pending)`;

/** How src/store/ids.ts names the row of a content. */
const ROW_ID = `'m' || left(translate(encode(sha256(convert_to('metadata' || E'\\n' || hash, 'UTF8')), 'base64'),
  '+/', '-_'), 23)`;

/** Rows of NFTMetadata whose owner is of the chain, against their fold. */
const CONTENTS = `WITH ${PENDING}, expected AS (${contentRows(
  `(SELECT ${ROW_ID} AS id, hash FROM (SELECT DISTINCT ipfs_hash AS hash FROM metadata_link
      WHERE chain = $1 AND ipfs_hash IS NOT NULL) h) t`,
)}), present AS (
  SELECT m.* FROM (SELECT *, "ipfsHash" AS hash FROM public."NFTMetadata") m
    JOIN public."NFT" n ON n.id = m."nftId" WHERE n.chain = $1 AND m.id = ${ROW_ID})
  SELECT coalesce(e."ipfsHash", p."ipfsHash") AS key,
         CASE WHEN p.id IS NULL THEN 'the row of this content is missing'
              WHEN e.id IS NULL THEN 'no NFT has this content, or one of another chain owns it'
              ELSE 'owner or content of the row are others' END AS message
    FROM expected e FULL JOIN present p ON p."ipfsHash" = e."ipfsHash"
   WHERE ROW(e.id, e."nftId", e.name, e.description, e.attributes, e."externalUrl", e."createdAt")
         IS DISTINCT FROM ROW(p.id, p."nftId", p.name, p.description, p.attributes, p."externalUrl", p."createdAt")
     AND NOT EXISTS (SELECT 1 FROM public."NFTMetadata" o WHERE o."ipfsHash" = e."ipfsHash" AND o.id <> e.id)
     AND coalesce(e."ipfsHash", p."ipfsHash") NOT IN (
       SELECT ipfs_hash FROM metadata_link WHERE ipfs_hash IS NOT NULL AND token_id IN (SELECT token_id FROM pending))`;

interface Stored {
  readonly id: string;
  readonly uri: string;
  readonly body: Buffer;
  readonly contentHash: string;
  readonly ipfsHash: string;
  readonly name: string | null;
  readonly description: string | null;
  readonly image: string | null;
  readonly attributes: unknown;
  readonly externalUrl: string | null;
  readonly media: unknown;
}

/**
 * @param client of withShadow: one snapshot for everything
 * @returns documents looked at
 */
export async function checkMetadata(
  client: PoolClient,
  chain: Chain,
  limit: number,
  findings: Findings,
  signal: AbortSignal,
): Promise<number> {
  for (const [subject, column, sql] of [
    ['NFT', 'tokenId', NFTS],
    ['NFTMetadata', 'ipfsHash', CONTENTS],
  ] as const) {
    const { rows } = await client.query<{ key: string; message: string; total: string }>(
      `SELECT key, message, count(*) OVER ()::text AS total FROM (${sql}) found ORDER BY key LIMIT ${limit}`,
      [chain],
    );
    for (const [at, { key, message, total }] of rows.entries())
      findings.add(
        {
          check: 'metadata',
          problem: 'different',
          subject,
          key: `${column}=${key}`,
          message: `${message}: \`ndx metadata refresh\` mends it`,
        },
        at === rows.length - 1 ? Number(total) - at : 1,
      );
  }
  return checkDocuments(client, chain, findings, signal);
}

/** Reads the content of every document again that an NFT of the chain names. */
async function checkDocuments(
  client: PoolClient,
  chain: Chain,
  findings: Findings,
  signal: AbortSignal,
): Promise<number> {
  let checked = 0;
  for (let after = ''; ; ) {
    signal.throwIfAborted();
    const { rows } = await client.query<Stored>(
      `SELECT id, uri, body, content_hash AS "contentHash", ipfs_hash AS "ipfsHash", name, description, image,
              attributes, external_url AS "externalUrl", media
         FROM metadata_document d
        WHERE id > $1 AND body IS NOT NULL AND parser = ${PARSER}
          AND EXISTS (SELECT 1 FROM metadata_link l WHERE l.document = d.id AND l.chain = $2)
        ORDER BY id LIMIT ${PAGE}`,
      [after, chain],
    );
    for (const { id, uri, body, ...stored } of rows) {
      checked += 1;
      const read = reread(uri, body);
      const columns = 'refused' in read ? [read.refused] : differing(stored, read);
      if (columns.length > 0)
        findings.add({
          check: 'metadata',
          problem: 'altered',
          subject: 'metadata_document',
          key: `id=${id}`,
          message: `the document is not what its content says (${columns.join(', ')}): \`ndx metadata refresh ${id}\``,
        });
    }
    const last = rows.at(-1);
    if (rows.length < PAGE || last === undefined) return checked;
    after = last.id;
  }
}

function differing(stored: object, read: object): string[] {
  return Object.entries(read).flatMap(([name, value]) =>
    canonical((stored as Record<string, unknown>)[name]) === canonical(value) ? [] : [name],
  );
}

/** jsonb does not keep the order of names. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
