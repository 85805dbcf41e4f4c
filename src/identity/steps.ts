/**
 * The work on links and moves in steps. Each step is one short transaction, taken by one process at a time:
 * the notes and moves in the database are the queue, so that nothing depends on the queue's backend, and a
 * process that ends in the middle leaves nothing to be cleared up.
 *
 * A move reads pages of ids without a lock and then moves them, a part in each step. When a whole pass finds
 * nothing more, and no transaction is left that may have read the former owner, the move ends.
 */
import type { PoolClient } from 'pg';
import { messageOf } from '../runtime/errors.js';
import { type Database, inTransaction } from '../store/database.js';
import { finishMove } from './finish.js';
import { type Move, moveRows, moveStakes, rowsToMove } from './move-rows.js';
import { MOVED_TABLES, type MovedTable } from './moved-tables.js';
import { carryNotes } from './notes.js';
import { tellMoved } from './tell.js';

/** Key of the advisory lock of the process that takes a step. */
const IDENTITY_LOCK = 4_846_107;
const NOTES = 50;
const PAGE = 20_000;
const SMALLEST = 50;
const LARGEST = 2_000;
/** Moves that are looked at for one that can go on. */
const AT_ONCE = 100;
/** Milliseconds that moving a part should take, so that its rows are locked for no longer. */
const WISHED = 200;
/** Another writer's rows are waited for this long; the step is then taken again later. */
const LOCK_TIMEOUT = '300ms';

/** `elsewhere`: another process is taking a step. `idle`: nothing is to be done now. */
export type Step = 'worked' | 'idle' | 'elsewhere';

export interface Steps {
  /** @throws what PostgreSQL threw; the step can be taken again */
  take(): Promise<Step>;
  /** Longest step so far, in milliseconds. */
  longest(): number;
}

interface Place {
  readonly table: MovedTable;
  readonly column: string;
}

const PLACES: readonly Place[] = MOVED_TABLES.flatMap((table) =>
  Object.keys(table.columns).map((column) => ({ table, column })),
);

/** What this process remembers of a move between its steps. Losing it costs reading a page again. */
interface Pass {
  readonly move: Move;
  /** Index in PLACES; its length: stakes. */
  at: number;
  ids: string[];
  /** Whether nobody could bring further rows when the pass began. */
  readonly last: boolean;
  /** Nothing was left to be moved, but somebody may bring more: to be looked at again when nobody can. */
  waits?: true;
}

export function createSteps({ pool }: Pick<Database, 'pool'>): Steps {
  const passes = new Map<string, Pass>();
  let size = 500;
  let longest = 0;
  /** Address of the move that was served last: the others come first. */
  let served = '';

  const locked = async (work: (client: PoolClient) => Promise<Step>): Promise<Step> => {
    const began = performance.now();
    const result = await inTransaction(pool, async (client) => {
      const { rows } = await client.query<{ mine: boolean }>('SELECT pg_try_advisory_xact_lock($1) AS mine', [
        IDENTITY_LOCK,
      ]);
      if (!rows[0]?.mine) return 'elsewhere';
      await client.query(`SET LOCAL lock_timeout = '${LOCK_TIMEOUT}'`);
      return work(client);
    });
    longest = Math.max(longest, performance.now() - began);
    return result;
  };

  /** The move as it stands; null when it is no longer the one that the pass began with. */
  const stillSame = async (client: PoolClient, { move }: Pass): Promise<boolean> => {
    const { rows } = await client.query<{ same: boolean }>(
      `SELECT target = $2 AND sources = $3 AND since IS NOT DISTINCT FROM $4 AS same FROM wallet_move
        WHERE address = $1 FOR UPDATE`,
      [move.address, move.target, move.sources, move.since],
    );
    return rows[0]?.same ?? false;
  };

  /** Finds the next ids to move; without any, goes on to the next column. @returns whether there are any */
  const nextIds = async (pass: Pass): Promise<boolean> => {
    while (pass.ids.length === 0 && pass.at < PLACES.length) {
      const { table, column } = PLACES[pass.at] as Place;
      if (pass.move.sources.length > 0) pass.ids = await rowsToMove(pool, table, column, pass.move, PAGE);
      if (pass.ids.length === 0) pass.at += 1;
    }
    return pass.ids.length > 0;
  };

  const movePart = async (pass: Pass, table: MovedTable): Promise<Step> => {
    const part = pass.ids.slice(0, size);
    const began = performance.now();
    const step = await locked(async (client) => {
      if (!(await stillSame(client, pass))) {
        passes.delete(pass.move.address);
        return 'worked';
      }
      await count(client, pass.move, await moveRows(client, table, pass.move, part));
      return 'worked';
    });
    if (step === 'elsewhere') return step;
    pass.ids = pass.ids.slice(part.length);
    const took = performance.now() - began;
    if (took > WISHED * 2) size = Math.max(SMALLEST, Math.floor(size / 2));
    else if (took < WISHED / 2 && part.length === size) size = Math.min(LARGEST, size * 2);
    return 'worked';
  };

  const endPass = (pass: Pass): Promise<Step> =>
    locked(async (client) => {
      if (!(await stillSame(client, pass))) {
        passes.delete(pass.move.address);
        return 'worked';
      }
      const moved = await moveStakes(client, pass.move, size);
      await count(client, pass.move, moved);
      if (moved > 0) return 'worked';
      if (!pass.last) {
        pass.waits = true;
        return 'worked';
      }
      passes.delete(pass.move.address);
      await finishMove(client, pass.move);
      return 'worked';
    });

  /** The pass of the next move; null when no move is under way. */
  const nextPass = async (): Promise<Pass | null> => {
    const { rows } = await pool.query<Move & { last: boolean }>(
      `SELECT address, sources, target, since,
              since <= pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS last
         FROM wallet_move WHERE since IS NOT NULL ORDER BY address <= $1, address LIMIT ${AT_ONCE}`,
      [served],
    );
    for (const { last, ...move } of rows) {
      const known = passes.get(move.address);
      const goesOn = known && known.move.since === move.since && known.move.target === move.target;
      if (goesOn && known.waits && !last) continue;
      served = move.address;
      if (goesOn && !known.waits) return known;
      const pass: Pass = { move, at: 0, ids: [], last };
      passes.set(move.address, pass);
      return pass;
    }
    return null;
  };

  return {
    longest: () => longest,
    take: async () => {
      const notes = await locked(async (client) => {
        const carried = await carryNotes(client, NOTES);
        return carried > 0 ? 'worked' : 'idle';
      });
      if (notes !== 'idle') return notes;
      await noteSince(pool);
      const pass = await nextPass();
      if (!pass) return 'idle';
      try {
        if (await nextIds(pass)) return await movePart(pass, (PLACES[pass.at] as Place).table);
        return await endPass(pass);
      } catch (error) {
        passes.delete(pass.move.address);
        await pool.query('UPDATE wallet_move SET problem = $2 WHERE address = $1', [
          pass.move.address,
          messageOf(error),
        ]);
        throw error;
      }
    },
  };
}

/**
 * Notes which transactions may have read the former owner: those with an id when the change had committed. A
 * number that this server has not reached comes from the database that a dump was taken of.
 */
async function noteSince(pool: Database['pool']): Promise<void> {
  await pool.query(
    `UPDATE wallet_move SET since = pg_snapshot_xmax(pg_current_snapshot())::text::bigint
      WHERE since IS NULL OR since > pg_snapshot_xmax(pg_current_snapshot())::text::bigint`,
  );
}

async function count(client: PoolClient, move: Move, moved: number): Promise<void> {
  if (moved === 0) return;
  await client.query('UPDATE wallet_move SET moved = moved + $2, problem = NULL WHERE address = $1', [
    move.address,
    moved,
  ]);
  await tellMoved(client, move);
}
