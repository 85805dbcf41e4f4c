/**
 * Tells the feed what the platform itself wrote to User, Track and TrackFile, for those who cache them.
 * Triggers leave a mark a row; what was marked many times meanwhile, as counted plays are, becomes one entry.
 */
import type { Pool } from 'pg';
import { inTransaction } from '../store/database.js';
import { appendChange } from './append.js';
import type { RecordChange } from './change.js';

/** Marks of one transaction. */
const MOST = 2_000;

interface Mark {
  readonly id: string;
  readonly subject: string;
  readonly key: string;
  readonly kind: RecordChange['kind'];
}

/**
 * Sweeps the marks that are there, in one transaction with their entries.
 * @returns marks swept; as many as `most`: call again
 */
export async function sweepMarks(pool: Pool, most = MOST): Promise<number> {
  return inTransaction(pool, async (client) => {
    const { rows } = await client.query<Mark>(
      `DELETE FROM feed_mark WHERE id IN (SELECT id FROM feed_mark ORDER BY id LIMIT $1)
       RETURNING id, subject, key, kind`,
      [most],
    );
    rows.sort((a, b) => Number(a.id) - Number(b.id));
    const newest = new Map(rows.map((mark) => [`${mark.subject} ${mark.key}`, mark]));
    await appendChange(client, { lane: 'live', records: [...newest.values()].map(recordOf) });
    return rows.length;
  });
}

function recordOf({ subject, key, kind }: Mark): RecordChange {
  const about = subject === 'user' ? { about: { users: [key] } } : {};
  return { subject, kind, key, internal: true, ...about };
}
