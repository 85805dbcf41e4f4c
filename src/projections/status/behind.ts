/**
 * Tells that a deployment falls behind although its tables can still be read: for operators and their
 * monitoring.
 */
import type { Database } from '../../store/database.js';
import { chainStatuses } from './queries.js';

/** A running listener writes the chain's tip every second. */
const LISTENER_SILENT_MS = 30_000;
/** More than finality and a full queue together explain. */
const LAG_SECONDS = 300;

/**
 * Says in words what is behind; empty when nothing is.
 * @param now milliseconds since 1970
 */
export async function behindOf(
  db: Pick<Database, 'pool' | 'prisma'>,
  now: number = Date.now(),
): Promise<string[]> {
  const [statuses, { rows }] = await Promise.all([
    chainStatuses(db, now),
    db.pool.query<{ readOnly: boolean }>(
      `SELECT current_setting('transaction_read_only') = 'on' AS "readOnly"`,
    ),
  ]);
  const reasons = rows[0]?.readOnly ? ['the database is read-only or a standby: the tables stand still'] : [];
  for (const { chain, updatedAt, lag } of statuses) {
    if (now - Date.parse(updatedAt) > LISTENER_SILENT_MS)
      reasons.push(`${chain}: no listener has written since ${updatedAt}`);
    else if (lag.seconds !== null && lag.seconds > LAG_SECONDS)
      reasons.push(`${chain}: the tables end ${lag.seconds} s before now`);
  }
  return reasons;
}
