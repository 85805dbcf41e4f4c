/**
 * Carries the notes of the triggers into `wallet_link`, which holds the platform's links with canonical
 * addresses, and turns every wallet concerned to the person of its newest link.
 */
import type { PoolClient } from 'pg';
import { sortedKeys } from '../projections/projection.js';
import { canonicalAddress } from './canonical.js';
import { tellTurned } from './tell.js';
import { type Turned, turnWallet } from './turn.js';

interface Note {
  readonly seq: string;
  readonly source: string;
  readonly ref: string;
  readonly removed: boolean;
  readonly user: string;
  readonly chain: string | null;
  readonly address: string | null;
}

/**
 * Carries the oldest notes through, at most `limit`. Notes of one link come in the order of its changes,
 * because each of them had the link's row locked until it committed; of different links any order gives the
 * same, because the number of the note decides which link of a wallet is the newest.
 * @returns notes carried through
 */
export async function carryNotes(client: PoolClient, limit: number): Promise<number> {
  const { rows: notes } = await client.query<Note>(
    `SELECT seq, source, ref, removed, user_id AS "user", chain, address FROM wallet_link_note
      ORDER BY seq LIMIT $1 FOR UPDATE SKIP LOCKED`,
    [limit],
  );
  if (notes.length === 0) return 0;
  const touched: string[] = [];
  for (const note of notes) touched.push(...(await carry(client, note)));
  const turned: Turned[] = [];
  for (const address of sortedKeys(touched)) {
    const change = await turnWallet(client, address);
    if (change) turned.push(change);
  }
  await client.query('DELETE FROM wallet_link_note WHERE seq = ANY($1)', [notes.map(({ seq }) => seq)]);
  await tellTurned(client, turned);
  return notes.length;
}

/** @returns addresses whose links have changed */
async function carry(client: PoolClient, note: Note): Promise<string[]> {
  const { source, ref, seq, user, chain } = note;
  const address = note.removed || note.address === null ? null : canonicalAddress(chain, note.address);
  if (address === null) {
    const { rows } = await client.query<{ address: string }>(
      'DELETE FROM wallet_link WHERE source = $1 AND ref = $2 AND seq < $3 RETURNING address',
      [source, ref, seq],
    );
    return rows.map((row) => row.address);
  }
  const { rows: before } = await client.query<{ address: string }>(
    'SELECT address FROM wallet_link WHERE source = $1 AND ref = $2',
    [source, ref],
  );
  await client.query(
    `INSERT INTO wallet_link AS l (source, ref, seq, user_id, chain, written, address)
     VALUES ($1, $2, $3, $4, $5, $6, $7)
     ON CONFLICT (source, ref) DO UPDATE SET
       seq = CASE WHEN (l.user_id, l.address) = (EXCLUDED.user_id, EXCLUDED.address) THEN l.seq
                  ELSE EXCLUDED.seq END,
       user_id = EXCLUDED.user_id, chain = EXCLUDED.chain, written = EXCLUDED.written, address = EXCLUDED.address
      WHERE l.seq < EXCLUDED.seq`,
    [source, ref, seq, user, chain, note.address, address],
  );
  return [...before.map((row) => row.address), address];
}
