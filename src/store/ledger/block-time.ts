/** The time of a block as the ledger has it. */
import type pg from 'pg';
import type { Chain } from '../../events/event.js';

/**
 * SQL for the time of a row of the ledger with the alias `l`. Releases before this one wrote rows without a
 * time: these have the one of the nearest block before them, else after them, until `ndx verify --repair` or
 * a replay has them read again. Null: the ledger knows no time at all.
 */
export const KNOWN_TIME = `COALESCE(l.block_time,
  (SELECT k.block_time FROM ledger_event k
    WHERE k.chain = l.chain AND k.block <= l.block AND k.block_time IS NOT NULL ORDER BY k.block DESC LIMIT 1),
  (SELECT k.block_time FROM ledger_event k
    WHERE k.chain = l.chain AND k.block > l.block AND k.block_time IS NOT NULL ORDER BY k.block LIMIT 1))`;

/** How many blocks before it are looked at: some seconds, minutes on TON. */
const FURTHEST = 64;

/**
 * Unix seconds of the block, or of the nearest block at most 64 before it that the ledger has a time of;
 * null: there is none.
 */
export async function knownBlockTime(
  pool: Pick<pg.Pool, 'query'>,
  chain: Chain,
  block: number,
): Promise<number | null> {
  const { rows } = await pool.query<{ time: number }>(
    `SELECT floor(extract(epoch FROM block_time))::float8 AS time FROM ledger_event
      WHERE chain = $1 AND block BETWEEN $2::bigint - ${FURTHEST} AND $2::bigint AND block_time IS NOT NULL
      ORDER BY block DESC LIMIT 1`,
    [chain, block],
  );
  return rows[0]?.time ?? null;
}
