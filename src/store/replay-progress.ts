/**
 * Which ranges an unfinished replay has done, so that it continues after an interruption (`replay_range`). A
 * replay is open while its marker row stands (from_block = -1). Jobs of a closed replay record nothing, so a
 * late job leaves no row behind.
 */
import type { Pool, PoolClient } from 'pg';
import type { ReconcileResult } from '../events/batch.js';
import type { BlockRange } from '../events/range.js';
import { inTransaction } from './database.js';

const MARKER = -1;

/** A range that is done, with the counts of its events as in ReconcileResult. */
export interface ReplayRange
  extends BlockRange,
    Pick<ReconcileResult, 'events' | 'created' | 'changed' | 'withdrawn' | 'failed'> {}

type Db = { readonly pool: Pool };

/** Opens a replay. @returns true when it is open already: an earlier run was interrupted */
export async function openReplay(db: Db, replay: string): Promise<boolean> {
  const { rowCount } = await db.pool.query(
    `INSERT INTO replay_range (replay, from_block, to_block, events, created, changed, withdrawn, failed)
     VALUES ($1, $2, $2, 0, 0, 0, 0, 0) ON CONFLICT DO NOTHING`,
    [replay, MARKER],
  );
  return rowCount === 0;
}

/**
 * Records a range as done, as a part of reconcile's transaction; records nothing when the replay is closed.
 * Of two ranges with the same first block the longer one stays, of equal ones the first.
 */
export async function insertReplayRange(
  client: Pick<PoolClient, 'query'>,
  replay: string,
  range: BlockRange,
  result: Omit<ReplayRange, keyof BlockRange>,
): Promise<void> {
  // The marker stays locked until this transaction ends: closeReplay waits for it and then deletes this row,
  // too.
  await client.query(
    `WITH open AS (SELECT 1 FROM replay_range WHERE replay = $1 AND from_block = ${MARKER} FOR KEY SHARE)
     INSERT INTO replay_range AS r (replay, from_block, to_block, events, created, changed, withdrawn, failed)
     SELECT $1, $2::bigint, $3::bigint, $4::int, $5::int, $6::int, $7::int, $8::int FROM open
     ON CONFLICT (replay, from_block) DO UPDATE
        SET to_block = EXCLUDED.to_block, events = EXCLUDED.events, created = EXCLUDED.created, changed = EXCLUDED.changed,
            withdrawn = EXCLUDED.withdrawn, failed = EXCLUDED.failed
      WHERE r.to_block < EXCLUDED.to_block`,
    [
      replay,
      range.fromBlock,
      range.toBlock,
      result.events,
      result.created,
      result.changed,
      result.withdrawn,
      result.failed,
    ],
  );
}

/** The ranges that are done, ascending: all of them, or those that begin at one of `fromBlocks`. */
export async function listReplayRanges(
  db: Db,
  replay: string,
  fromBlocks?: readonly number[],
): Promise<ReplayRange[]> {
  const { rows } = await db.pool.query<
    Record<'events' | 'created' | 'changed' | 'withdrawn' | 'failed', number> & Record<'f' | 't', string>
  >(
    `SELECT from_block AS f, to_block AS t, events, created, changed, withdrawn, failed
       FROM replay_range WHERE replay = $1 AND from_block <> ${MARKER} AND ($2::bigint[] IS NULL OR from_block = ANY($2)) ORDER BY from_block`,
    [replay, fromBlocks ?? null],
  );
  return rows.map(({ f, t, ...counts }) => ({ fromBlock: Number(f), toBlock: Number(t), ...counts }));
}

/** Deletes all rows of the replay. Waits for transactions that are recording a range of it. */
export async function closeReplay(db: Db, replay: string): Promise<void> {
  await inTransaction(db.pool, async (client) => {
    await client.query(`SELECT 1 FROM replay_range WHERE replay = $1 AND from_block = ${MARKER} FOR UPDATE`, [
      replay,
    ]);
    await client.query('DELETE FROM replay_range WHERE replay = $1', [replay]);
  });
}
