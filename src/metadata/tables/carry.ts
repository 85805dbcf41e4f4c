/**
 * Carries what was noted in `metadata_mark` into the tables: which document an NFT's uri names, and what of
 * the document NFT and NFTMetadata show. Everything here is folded again from (NFT, metadata_document) for
 * the NFTs that are touched, so it may happen at any time, in any order and any number of times.
 *
 * One process carries at a time, in short transactions; others find the lock taken and do nothing. NFT rows
 * are locked in the order of their tokenId before anything else, as reconcile locks them.
 */
import type { PoolClient } from 'pg';
import { appendChange } from '../../feed/append.js';
import type { RecordChange } from '../../feed/change.js';
import { bulk } from '../../store/bulk.js';
import { type Database, inTransaction } from '../../store/database.js';
import { documentOf, uriHash } from './document-id.js';
import { hurry } from './hurry.js';
import { showContents } from './show-contents.js';

export interface Carried {
  /** Marks that were carried; 0 when there were none or another process carries. */
  readonly marks: number;
  /** Documents that nobody had named before. */
  readonly found: number;
  /** NFTs whose description or picture is another now. */
  readonly changed: number;
}

/** Marks of one transaction, and links of documents that one transaction moves. */
const MARKS = 500;
const LINKS = 1_000;
/** Key of the advisory lock: "ndx metadata" has no other use for such locks. */
const LOCK = 0x6d657461;

interface Mark {
  readonly id: string;
  readonly token: string | null;
  readonly document: string | null;
  readonly after: string | null;
  readonly reason: string;
}

interface Shown {
  readonly id: string;
  readonly token: string;
}

const recordOf = ({ id, token }: Shown): RecordChange => ({
  subject: 'metadata',
  kind: 'changed',
  key: id,
  about: { nfts: [id] },
  content: { tokenId: token },
});

/** Carries at most 500 marks, and tells the feed which NFTs show something else now. */
export function carryMarks(db: Pick<Database, 'pool'>): Promise<Carried> {
  return inTransaction(db.pool, async (client) => {
    const { rows: locks } = await client.query<{ locked: boolean }>(
      'SELECT pg_try_advisory_xact_lock($1) AS locked',
      [LOCK],
    );
    if (locks[0]?.locked !== true) return { marks: 0, found: 0, changed: 0 };
    const { rows: marks } = await client.query<Mark>(
      `SELECT id::text, token_id AS token, document, after, reason FROM metadata_mark ORDER BY id LIMIT ${MARKS}`,
    );
    if (marks.length === 0) return { marks: 0, found: 0, changed: 0 };
    const tokens = new Set(marks.flatMap(({ token }) => (token === null ? [] : [token])));
    for (const token of await tokensOfDocuments(client, marks)) tokens.add(token);
    const { found, contents } = await link(client, [...tokens].sort(), marks);
    const changed = await showOnNfts(client, [...tokens].sort());
    await showContents(client, contents);
    await client.query('DELETE FROM metadata_mark WHERE id = ANY($1::bigint[])', [marks.map(({ id }) => id)]);
    await appendChange(client, { lane: 'live', records: changed.map(recordOf) });
    return { marks: marks.length, found, changed: changed.length };
  });
}

/**
 * NFTs that the marked documents belong to, about 1,000 at most: the rest is marked again and carried in the
 * next step, because reconcile may wait for NFTs that are locked here.
 */
async function tokensOfDocuments(client: PoolClient, marks: readonly Mark[]): Promise<string[]> {
  const tokens: string[] = [];
  for (const { document, after, reason } of marks) {
    if (document === null) continue;
    const again = (from: string | null) =>
      client.query('INSERT INTO metadata_mark (document, after, reason) VALUES ($1, $2, $3)', [
        document,
        from,
        reason,
      ]);
    if (tokens.length >= LINKS) {
      await again(after);
      continue;
    }
    const { rows } = await client.query<{ token: string }>(
      `SELECT token_id AS token FROM metadata_link WHERE document = $1 AND ($2::text IS NULL OR token_id > $2)
        ORDER BY token_id LIMIT ${LINKS}`,
      [document, after],
    );
    tokens.push(...rows.map(({ token }) => token));
    const last = rows.at(-1)?.token;
    if (rows.length === LINKS && last !== undefined) await again(last);
  }
  return tokens;
}

interface Named {
  readonly token: string;
  readonly chain: string;
  readonly position: string;
  readonly uri: string;
}

/**
 * Writes the links of the NFTs as their uris are now, and the documents that nobody had named before.
 * @returns the contents whose owner may be another one now
 */
async function link(
  client: PoolClient,
  tokens: readonly string[],
  marks: readonly Mark[],
): Promise<{ readonly found: number; readonly contents: ReadonlySet<string> }> {
  const { rows: nfts } = await client.query<Named>(
    `SELECT "tokenId" AS token, chain, "originPosition" AS position, metadata->>'uri' AS uri
       FROM "NFT" WHERE "tokenId" = ANY($1) AND metadata ? 'uri' ORDER BY "tokenId" FOR NO KEY UPDATE`,
    [tokens],
  );
  const named = nfts.filter(({ uri }) => uri !== null).map((nft) => ({ ...nft, key: documentOf(nft.uri) }));
  const { rows: before } = await client.query<{ hash: string }>(
    'SELECT DISTINCT ipfs_hash AS hash FROM metadata_link WHERE token_id = ANY($1) AND ipfs_hash IS NOT NULL',
    [tokens],
  );
  const documents = [...new Map(named.map(({ key }) => [key.id, key])).values()].sort((a, b) =>
    a.id < b.id ? -1 : 1,
  );
  const fresh = bulk(documents, {
    id: ['text', ({ id }) => id],
    uri: ['text', ({ uri }) => uri],
    refused: ['text', (key) => ('refused' in key.named ? key.named.refused : null)],
  });
  const { rowCount: found } = await client.query(
    `INSERT INTO metadata_document (id, uri, state, priority, next_at, error, failed_at)
     SELECT id, uri, CASE WHEN refused IS NULL THEN 'waiting' ELSE 'dead' END, 3,
            CASE WHEN refused IS NULL THEN now() END, refused, CASE WHEN refused IS NOT NULL THEN now() END
       FROM ${fresh.from} ON CONFLICT (id) DO NOTHING`,
    [...fresh.values],
  );
  await hurry(client, marks, named);
  const links = bulk(named, {
    token_id: ['text', ({ token }) => token],
    chain: ['text', ({ chain }) => chain],
    position: ['text', ({ position }) => position],
    uri_hash: ['text', ({ uri }) => uriHash(uri)],
    document: ['text', ({ key }) => key.id],
  });
  await client.query(
    `INSERT INTO metadata_link AS l (token_id, chain, position, uri_hash, document, ipfs_hash)
     SELECT t.token_id, t.chain, t.position, t.uri_hash, t.document, d.ipfs_hash
       FROM ${links.from} JOIN metadata_document d ON d.id = t.document
     ON CONFLICT (token_id) DO UPDATE SET chain = EXCLUDED.chain, position = EXCLUDED.position,
       uri_hash = EXCLUDED.uri_hash, document = EXCLUDED.document, ipfs_hash = EXCLUDED.ipfs_hash
     WHERE ROW(l.position, l.uri_hash, l.document, l.ipfs_hash)
           IS DISTINCT FROM ROW(EXCLUDED.position, EXCLUDED.uri_hash, EXCLUDED.document, EXCLUDED.ipfs_hash)`,
    [...links.values],
  );
  const { rows: after } = await client.query<{ hash: string }>(
    'SELECT DISTINCT ipfs_hash AS hash FROM metadata_link WHERE token_id = ANY($1) AND ipfs_hash IS NOT NULL',
    [tokens],
  );
  return { found: found ?? 0, contents: new Set([...before, ...after].map(({ hash }) => hash)) };
}

/**
 * Description and picture of the NFTs as their documents have them. An NFT that names no document any more
 * loses both, one that never named any is left alone: there they are the platform's.
 * @returns the NFTs that are otherwise now
 */
async function showOnNfts(client: PoolClient, tokens: readonly string[]): Promise<Shown[]> {
  const { rows } = await client.query<Shown>(
    `UPDATE "NFT" n SET description = d.description, "imageUrl" = d.image
       FROM metadata_link l JOIN metadata_document d ON d.id = l.document
      WHERE l.token_id = ANY($1) AND n."tokenId" = l.token_id AND n.metadata ? 'uri'
        AND ROW(n.description, n."imageUrl") IS DISTINCT FROM ROW(d.description, d.image)
     RETURNING n.id, n."tokenId" AS token`,
    [tokens],
  );
  const { rows: emptied } = await client.query<Shown>(
    `UPDATE "NFT" n SET description = NULL, "imageUrl" = NULL FROM metadata_link l
      WHERE l.token_id = ANY($1) AND n."tokenId" = l.token_id AND NOT coalesce(n.metadata ? 'uri', false)
     RETURNING n.id, n."tokenId" AS token`,
    [tokens],
  );
  await client.query(
    `DELETE FROM metadata_link l WHERE token_id = ANY($1)
        AND NOT EXISTS (SELECT 1 FROM "NFT" n WHERE n."tokenId" = l.token_id AND n.metadata ? 'uri')`,
    [tokens],
  );
  return [...rows, ...emptied];
}
