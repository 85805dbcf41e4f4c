/** The table `metadata_document`: which documents are due, and what became of asking for them. */
import { createHash } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import type { Pool, PoolClient } from 'pg';
import { type Database, inTransaction } from '../../store/database.js';
import { type DocumentFields, PARSER } from '../document/document.js';
import { LEASE_MS } from '../schedule.js';

/** A document that is to be asked for, with what a conditional request needs. */
export interface DueDocument {
  readonly id: string;
  readonly uri: string;
  readonly state: string;
  readonly priority: number;
  readonly failures: number;
  readonly unchanged: number;
  readonly contentHash: string | null;
  readonly etag: string | null;
  readonly lastModified: string | null;
}

const COLUMNS = `id, uri, state, priority, failures, unchanged, content_hash AS "contentHash", etag,
  last_modified AS "lastModified"`;

/** Every priority that is given; the lower is served first. */
const PRIORITIES = [1, 2, 3, 9] as const;

/**
 * Takes due documents for this process, the most urgent first. Nobody else is given them for ten minutes,
 * within which asking for them ends or counts as never begun.
 */
export async function takeDue(
  db: { readonly pool: Pool },
  most: number,
): Promise<{ readonly id: string; readonly priority: number }[]> {
  const taken: { id: string; priority: number }[] = [];
  for (const priority of PRIORITIES) {
    if (taken.length >= most) break;
    const { rows } = await db.pool.query<{ id: string; priority: number }>(
      `UPDATE metadata_document SET next_at = now() + $3 * interval '1 millisecond'
        WHERE id IN (SELECT id FROM metadata_document WHERE priority = $1 AND next_at <= now()
                      ORDER BY next_at LIMIT $2 FOR UPDATE SKIP LOCKED)
       RETURNING id, priority`,
      [priority, most - taken.length, LEASE_MS],
    );
    taken.push(...rows);
  }
  return taken;
}

/** The document with this id; null when there is none. */
export async function readDue(db: { readonly pool: Pool }, id: string): Promise<DueDocument | null> {
  const { rows } = await db.pool.query<DueDocument>(
    `SELECT ${COLUMNS} FROM metadata_document WHERE id = $1`,
    [id],
  );
  return rows[0] ?? null;
}

/** Asks again a little later, as nobody was asked now. */
export async function deferDocument(db: { readonly pool: Pool }, id: string, after: number): Promise<void> {
  await db.pool.query(
    `UPDATE metadata_document SET next_at = now() + $2 * interval '1 millisecond' WHERE id = $1`,
    [id, Math.round(after)],
  );
}

export interface Content {
  readonly bytes: Buffer;
  readonly fields: DocumentFields;
  readonly ipfsHash: string;
  readonly etag: string | null;
  readonly lastModified: string | null;
}

/** sha256 of a document's content, hex. */
export function contentHash(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/**
 * Stores what a document holds now. When that is not what it held before, its NFTs are marked in the same
 * transaction. Routine follows: the next time is the scheduled one.
 * @param next milliseconds until it is asked for again; null: never
 * @returns whether it is new or changed
 */
export function saveContent(
  db: Pick<Database, 'pool'>,
  id: string,
  content: Content,
  next: (unchanged: number) => number | null,
): Promise<boolean> {
  const { bytes, fields, ipfsHash, etag, lastModified } = content;
  const digest = contentHash(bytes);
  return inTransaction(db.pool, async (client) => {
    const before = await lockDocument(client, id);
    if (before === null) return false;
    const changed = before.contentHash !== digest || before.parser !== PARSER || before.ipfsHash !== ipfsHash;
    const unchanged = changed ? 0 : before.unchanged + 1;
    await client.query(
      `UPDATE metadata_document SET state = 'ready', priority = 9, failures = 0, unchanged = $2, error = NULL,
              failed_at = NULL, next_at = now() + $3 * interval '1 millisecond', body = $4, content_hash = $5,
              ipfs_hash = $6, parser = $7, name = $8, description = $9, image = $10, attributes = $11,
              external_url = $12, media = $13, fetched_at = now(), etag = $14, last_modified = $15
        WHERE id = $1`,
      [
        ...[id, unchanged, next(unchanged), deflateSync(bytes), digest, ipfsHash, PARSER],
        ...[fields.name, fields.description, fields.image],
        fields.attributes === null ? null : JSON.stringify(fields.attributes),
        ...[fields.externalUrl, JSON.stringify(fields.media), etag, lastModified],
      ],
    );
    if (changed) await markDocument(client, id);
    return changed;
  });
}

/** The place says that nothing has changed. */
export function saveUnchanged(
  db: Pick<Database, 'pool'>,
  id: string,
  next: (unchanged: number) => number | null,
): Promise<void> {
  return inTransaction(db.pool, async (client) => {
    const before = await lockDocument(client, id);
    if (before === null) return;
    const unchanged = before.unchanged + 1;
    await client.query(
      `UPDATE metadata_document SET priority = 9, failures = 0, unchanged = $2, error = NULL, failed_at = NULL,
              next_at = now() + $3 * interval '1 millisecond', fetched_at = now() WHERE id = $1`,
      [id, unchanged, next(unchanged)],
    );
  });
}

/**
 * Notes a failure. What was had before stays as it is; a document that was never had and is given up is dead.
 * @param next milliseconds until it is asked for again; null: it is given up
 */
export async function saveFailure(
  db: { readonly pool: Pool },
  id: string,
  failure: { readonly error: string; readonly failures: number; readonly next: number | null },
): Promise<void> {
  await db.pool.query(
    `UPDATE metadata_document SET failures = $2, error = $3, failed_at = now(),
            next_at = now() + $4 * interval '1 millisecond', priority = greatest(priority, 3),
            state = CASE WHEN $4::float8 IS NULL THEN 'dead' ELSE state END
      WHERE id = $1`,
    [id, failure.failures, failure.error.slice(0, 500), failure.next],
  );
}

async function lockDocument(
  client: PoolClient,
  id: string,
): Promise<{
  contentHash: string | null;
  ipfsHash: string | null;
  parser: number | null;
  unchanged: number;
} | null> {
  const { rows } = await client.query<{
    contentHash: string | null;
    ipfsHash: string | null;
    parser: number | null;
    unchanged: number;
  }>(
    `SELECT content_hash AS "contentHash", ipfs_hash AS "ipfsHash", parser, unchanged
       FROM metadata_document WHERE id = $1 FOR UPDATE`,
    [id],
  );
  return rows[0] ?? null;
}

async function markDocument(client: PoolClient, id: string): Promise<void> {
  await client.query(`INSERT INTO metadata_mark (document, reason) VALUES ($1, 'moved')`, [id]);
}
