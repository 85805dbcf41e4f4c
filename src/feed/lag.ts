/**
 * What holds the numbering back: the oldest row without a number, and the oldest transaction that still runs.
 */
import type { Pool } from 'pg';

/** A transaction that began before the oldest row's own and has not ended. */
export interface Blocker {
  /** Of the server's process; null for a prepared transaction, which has none. */
  readonly pid: number | null;
  readonly role: string;
  /** What the connection calls itself; of a prepared transaction, its name. Empty when we may not see it. */
  readonly application: string;
  /** `active`, `idle in transaction`, `prepared`; empty when we may not see it. */
  readonly state: string;
  /** Seconds since it began; 0 when we may not see it. */
  readonly seconds: number;
}

export interface FeedLag {
  /** Seconds since the oldest row without a number was written; 0 when there is none. */
  readonly seconds: number;
  readonly blocker: Blocker | null;
}

type Row = { readonly [K in keyof Blocker]: Blocker[K] | null } & { readonly waited: number };

/**
 * Reads how far the numbering is behind. To see other roles' connections in full the role needs `pg_monitor`.
 * Not on a standby.
 */
export async function readLag(pool: Pick<Pool, 'query'>): Promise<FeedLag> {
  const { rows } = await pool.query<Row>(
    `WITH oldest AS (
       SELECT xid, extract(epoch FROM clock_timestamp() - appended_at)::float8 AS waited FROM feed_pending ORDER BY id LIMIT 1),
     running AS (
       SELECT pid, usename AS role, application_name AS application, state, xact_start AS since, age(backend_xid) AS age
         FROM pg_stat_activity WHERE backend_xid IS NOT NULL AND pid <> pg_backend_pid()
       UNION ALL
       SELECT NULL, owner, gid, 'prepared', prepared, age(transaction) FROM pg_prepared_xacts),
     blocker AS (
       SELECT running.* FROM running, oldest WHERE running.age >= age((oldest.xid % 4294967296)::text::xid)
        ORDER BY running.age DESC LIMIT 1)
     SELECT oldest.waited, blocker.pid, blocker.role, blocker.application, blocker.state,
            greatest(extract(epoch FROM clock_timestamp() - blocker.since)::float8, 0) AS seconds
       FROM oldest LEFT JOIN blocker ON true`,
  );
  const [row] = rows;
  if (row === undefined) return { seconds: 0, blocker: null };
  const { waited, pid, role, application, state, seconds } = row;
  const seen = { pid, application: application ?? '', state: state ?? '', seconds: seconds ?? 0 };
  return { seconds: Math.max(0, waited), blocker: role === null ? null : { role, ...seen } };
}
