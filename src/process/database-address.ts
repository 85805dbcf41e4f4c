/**
 * The database that commands work on: the one in DATABASE_URL, or the embedded one in the data folder. All
 * processes on this machine that use the folder share the embedded server: the first one starts it, the last
 * one stops it.
 */
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { NdxError } from '../runtime/errors.js';
import { type Held, hold, isHeld } from '../runtime/held.js';
import { assertCluster, startEmbeddedPostgres } from '../store/embedded/postgres.js';
import { ensureDataFolder } from './data-folder.js';

export interface DatabaseAddress {
  readonly url: string;
  readonly embedded: boolean;
  /** True when another process had already started the embedded server. */
  readonly attached: boolean;
  /**
   * Starts the embedded server again if it is not running.
   * @returns whether it had to be started
   * @throws NdxError DATABASE_EMBEDDED_FAILED when it does not start
   */
  revive(): Promise<boolean>;
  /** Stops the embedded server when no other process uses it. */
  close(): Promise<void>;
}

export interface AddressOptions {
  readonly databaseUrl: string | undefined;
  /** Absolute path. */
  readonly dataDir: string;
  /** Whether to make the data folder and an embedded database where there are none. */
  readonly create: boolean;
}

/** How long another process may hold the lock while it starts or stops the server. */
const PATIENCE_MS = 180_000;

/**
 * Finds the database; starts the embedded server when DATABASE_URL is not set.
 * @throws NdxError DATABASE_ABSENT when there is no embedded database and none is to be made;
 * DATABASE_EMBEDDED_FAILED when the server does not start or another process holds the lock for three
 * minutes; CONFIG_INVALID when the data folder cannot be used
 */
export async function openDatabaseAddress(options: AddressOptions): Promise<DatabaseAddress> {
  const { databaseUrl, dataDir, create } = options;
  if (databaseUrl !== undefined)
    return {
      url: databaseUrl,
      embedded: false,
      attached: false,
      revive: () => Promise.resolve(false),
      close: () => Promise.resolve(),
    };
  const home = join(dataDir, 'postgres');
  if (create) ensureDataFolder(dataDir);
  else assertCluster(home);
  const users = join(dataDir, 'postgres-users');
  mkdirSync(users, { recursive: true });
  const locked = <T>(work: () => Promise<T>) => whileHeld(join(dataDir, 'postgres.lock'), work);
  // Two processes must not make the same cluster, and none may stop the server while another is about to use
  // it.
  return locked(async () => {
    const server = await startEmbeddedPostgres(home);
    const mine = await use(users);
    return {
      url: server.url,
      embedded: true,
      attached: server.attached,
      revive: () => locked(() => server.revive()),
      close: () =>
        locked(async () => {
          await mine.release();
          if (!(await inUse(users))) await server.stop();
        }),
    };
  });
}

async function whileHeld<T>(path: string, work: () => Promise<T>): Promise<T> {
  const giveUp = Date.now() + PATIENCE_MS;
  for (;;) {
    const held = await hold(path);
    if (held)
      try {
        return await work();
      } finally {
        await held.release();
      }
    if (Date.now() > giveUp)
      throw new NdxError(
        'DATABASE_EMBEDDED_FAILED',
        `another ndx process holds ${path} for three minutes already: end it`,
      );
    await pause(50);
  }
}

/** Registers this process as a user of the server. A process may open the database more than once. */
async function use(users: string): Promise<Held> {
  const mine = await hold(join(users, `${process.pid}-${process.hrtime.bigint().toString(36)}`));
  if (!mine) throw new Error('a name that is new is taken');
  return mine;
}

/** Whether a living process uses the server. Removes the entries of processes that were killed. */
async function inUse(users: string): Promise<boolean> {
  let used = false;
  for (const name of readdirSync(users)) {
    if (await isHeld(join(users, name))) used = true;
    else rmSync(join(users, name), { force: true });
  }
  return used;
}
