/**
 * Servers of PostgreSQL of a test's own, which are copied, restored and promoted with what the embedded one
 * brings: no client programs.
 */
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { freePorts } from '../../src/runtime/ports.js';
import { clusterFiles } from '../../src/store/embedded/cluster-files.js';
import { startEmbeddedPostgres } from '../../src/store/embedded/postgres.js';
import { embeddedServer } from '../../src/store/embedded/server-user.js';
import { eventually } from './eventually.js';

export interface Cluster {
  readonly home: string;
  readonly url: string;
  readonly port: number;
  /** As a power failure: nothing is finished. */
  crash(): Promise<void>;
  stop(): Promise<void>;
}

export async function startCluster(home: string): Promise<Cluster> {
  const { url } = await startEmbeddedPostgres(home);
  return clusterAt(home, url);
}

function clusterAt(home: string, url: string): Cluster {
  const server = embeddedServer(home);
  const end = async (mode: string) => {
    await server.run('pg_ctl', ['stop', '-D', clusterFiles(home).data, '-m', mode, '-w', '-t', '900']);
  };
  return {
    home,
    url,
    port: Number(new URL(url).port),
    crash: () => end('immediate'),
    stop: () => end('fast'),
  };
}

/** A copy of a running server's files, taken as base backups are, on a port of its own. Not started. */
export async function backUp(from: Cluster, home: string): Promise<string> {
  const client = new pg.Client({ connectionString: from.url });
  await client.connect();
  try {
    await client.query(`SELECT pg_backup_start('test', true)`);
    mkdirSync(home, { recursive: true, mode: 0o700 });
    cpSync(from.home, home, {
      recursive: true,
      filter: (source) => !/postmaster\.(pid|opts)$|\/server\.log$|\/pg_internal\.init/.test(source),
      preserveTimestamps: true,
    });
    const { rows } = await client.query<{ labelfile: string }>('SELECT labelfile FROM pg_backup_stop(false)');
    writeFileSync(join(clusterFiles(home).data, 'backup_label'), rows[0]?.labelfile ?? '');
    // The log up to the end of the backup, without which the copy is none.
    const log = 'data/pg_wal';
    cpSync(join(from.home, log), join(home, log), { recursive: true, force: true });
  } finally {
    await client.end();
  }
  return home;
}

/**
 * Starts a copy: `restored`, without what was written after the copy was taken; or `standby`, which follows.
 * @returns it, once it answers
 */
export async function startCopy(home: string, as: 'restored' | { readonly of: Cluster }): Promise<Cluster> {
  const files = clusterFiles(home);
  const server = embeddedServer(home);
  const port = await freePorts();
  writeFileSync(files.port, `${port}\n`);
  const of = as === 'restored' ? null : new URL(as.of.url);
  const settings =
    of === null
      ? [`restore_command = 'false'`, `recovery_target = 'immediate'`, `recovery_target_action = 'promote'`]
      : [`primary_conninfo = 'host=127.0.0.1 port=${of.port} user=${of.username} password=${of.password}'`];
  writeFileSync(join(files.data, 'postgresql.auto.conf'), `${settings.join('\n')}\n`);
  writeFileSync(join(files.data, of === null ? 'recovery.signal' : 'standby.signal'), '');
  own(server.own, home);
  const options = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=200 -c fsync=off`;
  await server.run('pg_ctl', ['start', '-D', files.data, '-l', files.log, '-w', '-t', '900', '-o', options]);
  const password = readFileSync(files.password, 'utf8').trim();
  const url = new URL(`postgresql://ndx:${encodeURIComponent(password)}@127.0.0.1:${port}/ndx`);
  const cluster = clusterAt(home, url.href);
  if (of === null) await untilPrimary(cluster);
  return cluster;
}

/** The standby takes over, on a timeline of its own. */
export async function promote(cluster: Cluster): Promise<void> {
  await embeddedServer(cluster.home).run('pg_ctl', ['promote', '-D', clusterFiles(cluster.home).data, '-w']);
  await untilPrimary(cluster);
}

/** `pg_ctl` returns before recovery has ended. */
async function untilPrimary({ url }: Cluster): Promise<void> {
  await eventually(async () => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    const { rows } = await client
      .query<{ standby: boolean }>('SELECT pg_is_in_recovery() AS standby')
      .finally(() => client.end());
    return rows[0]?.standby === false;
  });
}

/** Files that root copied belong to the server's user. */
function own(give: (path: string) => void, home: string): void {
  for (const entry of walk(home)) give(entry);
}

function* walk(path: string): Generator<string> {
  yield path;
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    const inner = join(path, entry.name);
    if (entry.isDirectory()) yield* walk(inner);
    else yield inner;
  }
}
