/** Carries one wallet's link through now, for a command that waits for it; running workers may help. */
import { pause } from '../runtime/pause.js';
import type { Database } from '../store/database.js';
import { createSteps } from './steps.js';

const POLL_MS = 50;

/** @returns rows moved, when nothing of the wallet is under way any more */
export async function carryThrough(
  db: Pick<Database, 'pool'>,
  address: string,
  signal: AbortSignal = new AbortController().signal,
): Promise<number> {
  const steps = createSteps(db);
  for (let moved = 0; ; ) {
    const { rows } = await db.pool.query<{ moved: number }>(
      'SELECT moved::float8 AS moved FROM wallet_move WHERE address = $1',
      [address],
    );
    if (!rows[0]) return moved;
    moved = rows[0].moved;
    if ((await steps.take()) !== 'worked') await pause(POLL_MS, signal);
  }
}
