/** A fresh, migrated database on the run's PostgreSQL: a copy of one template, made in milliseconds. */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
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
  for (const deadline = Date.now() + 90_000; ; ) {
    try {
      mkdirSync(lock);
      break;
    } catch {
      if (Date.now() > deadline) throw new Error(`another test file holds ${lock} and does not finish`);
      await sleep(50);
    }
  }
  try {
    const { url } = await startEmbeddedPostgres(home);
    if (!existsSync(ready)) {
      await execute(url, `CREATE DATABASE ${TEMPLATE}`);
      await migrate(urlOf(url, TEMPLATE), PRISMA);
      writeFileSync(ready, '');
    }
    return url;
  } finally {
    rmdirSync(lock);
  }
}

function urlOf(server: string, database: string): string {
  const url = new URL(server);
  url.pathname = `/${database}`;
  return url.href;
}

async function execute(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
