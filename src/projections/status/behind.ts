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
/** A second endpoint that is down for a moment, or behind, has answered by then. */
const OWED_MS = 900_000;

/**
 * What operators are told of blocks that wait for another endpoint's word; null when none waits for long.
 * @param since milliseconds since 1970
 */
export function owedForLong(
  { count, since }: { readonly count: number; readonly since: number | null },
  now: number,
): string | null {
  if (since === null || now - since < OWED_MS) return null;
  return `${count} blocks wait for the word of a second endpoint, the oldest since ${new Date(since).toISOString()}: is one configured, and does it answer?`;
}

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
  for (const { chain, updatedAt, lag, owedChecks, owedSince } of statuses) {
    const since = owedSince === null ? null : Date.parse(owedSince);
    const owed = owedForLong({ count: owedChecks, since }, now);
    if (owed !== null) reasons.push(`${chain}: ${owed}`);
    if (now - Date.parse(updatedAt) > LISTENER_SILENT_MS)
      reasons.push(`${chain}: no listener has written since ${updatedAt}`);
    else if (lag.seconds !== null && lag.seconds > LAG_SECONDS)
      reasons.push(`${chain}: the tables end ${lag.seconds} s before now`);
  }
  return reasons;
}
