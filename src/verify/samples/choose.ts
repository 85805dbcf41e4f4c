/** Chooses the blocks that are compared with the chain: at random, but the same for the same seed. */
import type { Pool } from 'pg';
import type { BlockRange } from '../../events/range.js';
import type { Sample } from '../../projections/sample.js';
import { randomFrom } from './random.js';

/**
 * Half of them are blocks with events of ours, the others any blocks. Ascending and each once, so there may
 * be fewer than `size`. A range of at most `size` blocks is chosen whole.
 */
export async function chooseBlocks(
  pool: Pool,
  range: BlockRange,
  { chain, size, seed }: Sample,
): Promise<number[]> {
  const random = randomFrom(seed);
  const width = range.toBlock - range.fromBlock + 1;
  if (width <= size) return Array.from({ length: Math.max(0, width) }, (_, at) => range.fromBlock + at);
  const places = Array.from({ length: size }, () => range.fromBlock + Math.floor(random() * width));
  const busy = places.slice(0, Math.ceil(size / 2));
  const { rows } = await pool.query<{ block: string }>(
    `SELECT next.block FROM unnest($2::bigint[]) AS place CROSS JOIN LATERAL (
       SELECT block FROM ledger_event WHERE chain = $1 AND block BETWEEN place AND $3 ORDER BY block LIMIT 1) next`,
    [chain, busy, range.toBlock],
  );
  const chosen = [...rows.map((row) => Number(row.block)), ...places.slice(busy.length)];
  return [...new Set(chosen)].sort((a, b) => a - b);
}
