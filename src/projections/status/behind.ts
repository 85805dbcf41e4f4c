/** What is behind while everything can still be read: for those who watch over a deployment. */
import type { Database } from '../../store/database.js';
import { chainStatuses } from './queries.js';

/** A listener writes where the tip is every second. */
const LISTENER_SILENT_MS = 30_000;
/** More than any finality and a full queue explain. */
const LAG_SECONDS = 300;

/** In words, empty when nothing is behind. `now`: milliseconds since 1970. */
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
