/**
 * The database that commands work on: the one in DATABASE_URL, or the embedded one in the data folder. The embedded
 * server serves every process of this machine that uses the folder: the first one starts it, the last one stops it.
 */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '../store/embedded-postgres.js';
import { withFileLock } from './file-lock.js';
import { isAlive } from './run-file.js';

export interface DatabaseAddress {
  readonly url: string;
  readonly embedded: boolean;
  /** True when another process had already started the embedded server. */
  readonly attached: boolean;
  /** Stops the embedded server when no other process uses it. */
  close(): Promise<void>;
}

/** @throws NdxError DATABASE_EMBEDDED_FAILED */
export async function openDatabaseAddress(options: {
  readonly databaseUrl: string | undefined;
  readonly dataDir: string;
}): Promise<DatabaseAddress> {
  if (options.databaseUrl !== undefined)
    return { url: options.databaseUrl, embedded: false, attached: false, close: () => Promise.resolve() };
  const users = join(options.dataDir, 'postgres-users');
  const lock = join(options.dataDir, 'postgres.lock');
  mkdirSync(users, { recursive: true });
  const mine = join(users, `${process.pid}-${nextUse()}`);
  // Two processes must not create the same cluster, nor may one stop the server while another comes to use it.
  return withFileLock(lock, async () => {
    const server = await startEmbeddedPostgres(join(options.dataDir, 'postgres'));
    writeFileSync(mine, '');
    return {
      url: server.url,
      embedded: true,
      attached: server.attached,
      close: () =>
        withFileLock(lock, async () => {
          rmSync(mine, { force: true });
          if (!inUse(users)) await server.stop();
        }),
    };
  });
}

/** Whether a living process is registered; what killed ones left behind is swept away. */
function inUse(users: string): boolean {
  let used = false;
  for (const name of readdirSync(users)) {
    if (isAlive(Number.parseInt(name, 10))) used = true;
    else rmSync(join(users, name), { force: true });
  }
  return used;
}

/** One process may open the database more than once. */
function nextUse(): string {
  return process.hrtime.bigint().toString(36);
}
