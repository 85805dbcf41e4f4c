/**
 * Checks of database and queue: reachable, PostgreSQL new enough and writable, migrated, and clocks in
 * agreement.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type pg from 'pg';
import type { Chain } from '../../events/event.js';
import { countPlain } from '../../push/webhooks/secrets.js';
import { messageOf, NdxError } from '../../runtime/errors.js';
import type { Log } from '../../runtime/log.js';
import { type Check, Skipped } from './doctor.js';

const LEAST_VERSION = 14;
/** Seconds by which the two clocks may differ; beyond that, leases and lags are wrong. */
const MOST_SKEW = 5;

export interface DatabaseChecks {
  /** URL of the database; rejects with the reason when there is none. */
  readonly url: () => Promise<string>;
  /** Path of the folder with schema and migrations. */
  readonly prisma: string;
  readonly backendOf: (url: string) => { readonly kind: 'redis' | 'postgres'; readonly url: string };
  readonly chain: Chain;
  readonly log: Log;
}

/** Checks of the database, its migrations, its clock, and the queue. */
export function databaseChecks(deps: DatabaseChecks): Check[] {
  const asked = <T>(work: (pool: pg.Pool) => Promise<T>) => withPool(deps.url, work);
  return [
    {
      name: 'database',
      look: () =>
        asked(async (pool) => {
          const { rows } = await pool.query<{ version: number; text: string; reading: boolean }>(
            `SELECT current_setting('server_version_num')::int / 10000 AS version, current_setting('server_version') AS text,
                    pg_is_in_recovery() OR current_setting('default_transaction_read_only')::bool AS reading`,
          );
          const { version = 0, text = '', reading = false } = rows[0] ?? {};
          if (version < LEAST_VERSION)
            throw new NdxError(
              'CONFIG_INVALID',
              `DATABASE_URL: PostgreSQL ${text}, ${LEAST_VERSION} or newer is needed`,
            );
          if (reading)
            throw new NdxError(
              'CONFIG_INVALID',
              'DATABASE_URL: this server only reads (a standby, or set read-only)',
            );
          return `PostgreSQL ${text}`;
        }),
    },
    { name: 'migrations', look: () => asked((pool) => migrationState(pool, deps.prisma)) },
    {
      name: 'clock',
      look: () =>
        asked(async (pool) => {
          const before = Date.now();
          const { rows } = await pool.query<{ now: number }>(
            'SELECT extract(epoch FROM clock_timestamp())::float8 AS now',
          );
          const here = (before + Date.now()) / 2000;
          const skew = (rows[0]?.now ?? here) - here;
          const text = `the database's clock is ${Math.abs(skew).toFixed(1)} s ${skew < 0 ? 'behind' : 'ahead of'} this machine's`;
          if (Math.abs(skew) <= MOST_SKEW) return text;
          throw new NdxError('CONFIG_INVALID', `${text}: set both by NTP`);
        }),
    },
    { name: 'queue', look: () => queueState(deps) },
    { name: 'webhook secrets', look: () => asked(secretsState) },
  ];
}

async function withPool<T>(url: () => Promise<string>, work: (pool: pg.Pool) => Promise<T>): Promise<T> {
  const { createPool } = await import('../../store/database.js');
  const pool = createPool({ url: await url(), poolSize: 1, statementTimeout: 10_000 });
  try {
    return await work(pool);
  } catch (error) {
    if (error instanceof NdxError) throw error;
    throw new NdxError('DATABASE_UNREACHABLE', `DATABASE_URL: ${messageOf(error)}`, { cause: error });
  } finally {
    await pool.end();
  }
}

async function migrationState(pool: pg.Pool, prisma: string): Promise<string> {
  const { rows: table } = await pool.query<{ there: boolean }>(
    `SELECT to_regclass('_prisma_migrations') IS NOT NULL AS there`,
  );
  const applied = table[0]?.there
    ? (
        await pool.query<{ name: string }>(
          'SELECT migration_name AS name FROM _prisma_migrations WHERE finished_at IS NOT NULL',
        )
      ).rows.map(({ name }) => name)
    : [];
  const ours = readdirSync(join(prisma, 'migrations')).filter((name) => /^\d/.test(name));
  const missing = ours.filter((name) => !applied.includes(name));
  const foreign = applied.filter((name) => !ours.includes(name));
  if (missing.length > 0)
    throw new NdxError(
      'DATABASE_NOT_MIGRATED',
      `${missing.length} migrations are missing: run \`ndx db migrate\``,
    );
  if (foreign.length > 0)
    throw new NdxError(
      'CONFIG_MISMATCH',
      `the database is of a newer version (${foreign.join(', ')}): update ndx`,
    );
  return `all ${ours.length} applied`;
}

/** Secrets that stand plain are read by everybody who reads the database or a backup of it. */
async function secretsState(pool: pg.Pool): Promise<string> {
  const { rows } = await pool.query<{ there: boolean }>(
    `SELECT to_regclass('webhook_secret') IS NOT NULL AS there`,
  );
  if (!rows[0]?.there) throw new Skipped('the database is not migrated');
  const plain = await countPlain(pool);
  if (plain === 0) return 'none stands plain';
  throw new NdxError(
    'CONFIG_INVALID',
    `NDX_SECRET_KEY: ${plain} secrets of webhooks stand plain in the database: set it, then \`ndx webhook rotate\``,
  );
}

async function queueState({ url, backendOf, chain, log }: DatabaseChecks): Promise<string> {
  const backend = backendOf(await url());
  if (backend.kind === 'postgres') return 'on the same PostgreSQL';
  const { createQueue } = await import('../../queue/queue.js');
  const queue = createQueue({ backend, chain, log });
  try {
    const counts = await queue.counts();
    return `Redis, ${counts.waiting} jobs of ${chain} wait`;
  } catch (error) {
    if (error instanceof Skipped) throw error;
    throw new NdxError('QUEUE_UNREACHABLE', `REDIS_URL: ${messageOf(error)}`, { cause: error });
  } finally {
    await queue.close();
  }
}
