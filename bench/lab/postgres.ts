/**
 * The PostgreSQL of a run: embedded, in a folder of its own, default settings; every sample gets a fresh copy
 * of a migrated template.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { startEmbeddedPostgres } from '../../src/store/embedded/postgres.js';
import { migrate } from '../../src/store/migrate/migrations.js';
import { cpuOfTree } from './usage.js';

export interface BenchDatabase {
  readonly url: string;
  drop(): Promise<void>;
}

export interface BenchPostgres {
  readonly version: string;
  /**
   * @param from another database to copy; nobody may be connected to it. Default: the migrated, empty one.
   */
  create(from?: BenchDatabase): Promise<BenchDatabase>;
  /** Seconds of CPU of the server and all its backends. */
  cpu(): number;
  stop(): Promise<void>;
}

const TEMPLATE = 'bench_template';

/** @param prisma folder of the schema and its migrations */
export async function startPostgres(prisma: string): Promise<BenchPostgres> {
  const home = mkdtempSync(join(tmpdir(), 'ndx-bench-'));
  const server = await startEmbeddedPostgres(home);
  const urlOf = (database: string): string => {
    const url = new URL(server.url);
    url.pathname = `/${database}`;
    return url.href;
  };
  await query(server.url, `CREATE DATABASE ${TEMPLATE}`);
  await migrate(urlOf(TEMPLATE), prisma);
  const [row] = await query<{ server_version: string }>(server.url, 'SHOW server_version');
  const pid = Number(readFileSync(join(home, 'data', 'postmaster.pid'), 'utf8').split('\n')[0]);
  const nameOf = (database: BenchDatabase): string => new URL(database.url).pathname.slice(1);
  return {
    version: row?.server_version ?? 'unknown',
    create: async (from) => {
      const name = `bench_${randomBytes(5).toString('hex')}`;
      await query(
        server.url,
        `CREATE DATABASE ${name} TEMPLATE ${from ? `${nameOf(from)} STRATEGY file_copy` : TEMPLATE}`,
      );
      // What the run before left to be written is not this run's work.
      await query(server.url, 'CHECKPOINT');
      return {
        url: urlOf(name),
        drop: async () => void (await query(server.url, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)),
      };
    },
    cpu: () => cpuOfTree(pid) ?? 0,
    stop: async () => {
      await server.stop();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

export async function query<T extends object>(
  url: string,
  sql: string,
  values: readonly unknown[] = [],
): Promise<T[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    return (await client.query<T & pg.QueryResultRow>(sql, [...values])).rows;
  } finally {
    await client.end();
  }
}
