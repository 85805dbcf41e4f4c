/** A fresh, migrated database on the run's PostgreSQL: a copy of one template, made in milliseconds. */
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { inject } from 'vitest';
import { startEmbeddedPostgres } from '../../src/store/embedded/postgres.js';
import { migrate } from '../../src/store/migrate/migrations.js';

export interface TestDatabase {
  readonly url: string;
  /** Drops it, whoever is still connected. */
  drop(): Promise<void>;
}

const TEMPLATE = 'ndx_template';
const PRISMA = join(import.meta.dirname, '../../prisma');

/** @param options.empty without our tables */
export async function createTestDatabase(options: { readonly empty?: boolean } = {}): Promise<TestDatabase> {
  const server = await serverUrl();
  const name = `test_${randomBytes(6).toString('hex')}`;
  await execute(server, `CREATE DATABASE ${name} TEMPLATE ${options.empty ? 'template0' : TEMPLATE}`);
  // No test asks what a server that loses its power keeps.
  await execute(server, `ALTER DATABASE ${name} SET synchronous_commit = off`);
  return {
    url: urlOf(server, name),
    drop: () => execute(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  };
}

/** Starts the server and migrates the template, once a run: test files run in several processes. */
async function serverUrl(): Promise<string> {
  const directory = inject('postgresDirectory');
  const home = join(directory, 'postgres');
  const ready = join(directory, 'template-ready');
  const lock = join(directory, 'lock');
  await takeLock(lock);
  try {
    const { url } = await startEmbeddedPostgres(home);
    if (!existsSync(ready)) {
      await execute(url, `CREATE DATABASE ${TEMPLATE}`);
      await migrate(urlOf(url, TEMPLATE), PRISMA);
      // Nobody will want these databases back after a power failure; disks of busy machines are slow to sync.
      await execute(url, 'ALTER SYSTEM SET fsync = off');
      await execute(url, 'SELECT pg_reload_conf()');
      writeFileSync(ready, '');
    }
    return url;
  } finally {
    rmSync(lock);
  }
}

/** Waits for as long as the process that holds it lives, however busy the machine is. */
async function takeLock(lock: string): Promise<void> {
  for (;;) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' });
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    if (isLeft(lock)) rmSync(lock, { force: true });
    else await sleep(50);
  }
}

/** Whether the process that made the lock has ended without taking it away. */
function isLeft(lock: string): boolean {
  try {
    const holder = Number(readFileSync(lock, 'utf8'));
    // 0: it is about to write its number.
    return holder !== 0 && !process.kill(holder, 0);
  } catch (error) {
    // ENOENT: it was given back meanwhile.
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

function urlOf(server: string, database: string): string {
  const url = new URL(server);
  url.pathname = `/${database}`;
  return url.href;
}

async function execute(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
