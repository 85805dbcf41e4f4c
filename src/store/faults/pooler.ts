/**
 * Finds out whether a connection is a session of its own. A pooler in transaction mode (PgBouncer with
 * `pool_mode = transaction`) gives every transaction another session of the server: LISTEN then receives
 * nothing, and settings are lost or are those of another client.
 */
import pg from 'pg';
import { messageOf, NdxError } from '../../runtime/errors.js';

interface Sessions {
  /** Two connections were served by one session of the server, or one connection by two. */
  readonly shared: boolean;
  /** The settings that a connection asks for when it begins are in force. */
  readonly settings: boolean;
  /** The time zone of the session is UTC. */
  readonly utc: boolean;
}

const UTC_ZONES = ['UTC', 'GMT', 'Etc/UTC', 'Etc/GMT', 'UCT', 'Zulu', 'Universal'];
const WAY_OUT = 'Let DATABASE_URL name the server itself';

/**
 * Checks whether DATABASE_URL leads through a pooler that breaks what we rely on.
 * @param queueThere whether the queue is on the same PostgreSQL
 * @returns a warning; null when nothing is wrong, or nobody answers
 * @throws NdxError CONFIG_INVALID when the queue could not work there, or times would be written in another
 * zone
 */
export async function checkSessions(url: string, queueThere: boolean): Promise<string | null> {
  const sessions = await sessionsOf(url);
  if (!sessions || (sessions.settings && !sessions.shared)) return null;
  const does = [
    ...(sessions.shared ? ['gives every transaction another session of the server'] : []),
    ...(sessions.settings ? [] : ['drops or refuses the settings of a session']),
  ].join(' and ');
  const pooler = `DATABASE_URL leads through a pooler (PgBouncer?) that ${does}`;
  if (queueThere)
    throw new NdxError(
      'CONFIG_INVALID',
      `${pooler}: the queue on PostgreSQL cannot work there, because it waits with LISTEN and sets its search_path ` +
        `once a session. ${WAY_OUT}, or keep the queue in Redis (REDIS_URL)`,
    );
  if (!sessions.utc)
    throw new NdxError(
      'CONFIG_INVALID',
      `${pooler}: times would be written in another zone than UTC. ${WAY_OUT}`,
    );
  return `${pooler}: time limits of reads may not hold. ${WAY_OUT}`;
}

/** null when nobody answers: whoever opens the database next reports that better. */
async function sessionsOf(url: string): Promise<Sessions | null> {
  const pool = new pg.Pool({
    connectionString: url,
    max: 2,
    connectionTimeoutMillis: 10_000,
    options: '-c TimeZone=UTC -c ndx.session=own',
  });
  pool.on('error', () => undefined);
  const clients: pg.PoolClient[] = [];
  const open = async (): Promise<pg.PoolClient> => {
    const client = await pool.connect();
    clients.push(client);
    return client;
  };
  try {
    const [one, two] = [await open(), await open()];
    const first = await backendOf(one);
    await two.query('BEGIN');
    // The session that served `one` is free again, so a pooler would give it to `two`.
    const second = await backendOf(two);
    const shared = first === second || (await backendOf(one)) !== first;
    await two.query('ROLLBACK');
    const { rows } = await one.query<{ zone: string; settings: boolean }>(
      `SELECT current_setting('TimeZone') AS zone, coalesce(current_setting('ndx.session', true) = 'own', false) AS settings`,
    );
    const { zone = '', settings = false } = rows[0] ?? {};
    return { shared, settings, utc: UTC_ZONES.includes(zone) };
  } catch (error) {
    return /unsupported startup parameter/i.test(messageOf(error))
      ? { shared: false, settings: false, utc: false }
      : null;
  } finally {
    for (const client of clients) client.release(true);
    await pool.end();
  }
}

async function backendOf(client: pg.PoolClient): Promise<number | undefined> {
  return (await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')).rows[0]?.pid;
}
