/**
 * The files of an embedded cluster: `data/` with the database, `password` beside it, `port` that it is
 * reached at. A cluster is made in a folder of its own and gets its name when it is whole; no folder that was
 * there before is ever removed.
 */
import { createHash, randomBytes } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { NdxError } from '../../runtime/errors.js';
import { isFree } from '../../runtime/ports.js';
import type { Server } from './server-user.js';

export const USER = 'ndx';
const FIRST_PORT = 20_000;
const LAST_PORT = 32_000;

export interface ClusterFiles {
  readonly home: string;
  readonly data: string;
  readonly password: string;
  readonly port: string;
  readonly log: string;
}

export function clusterFiles(home: string): ClusterFiles {
  const at = (name: string) => join(home, name);
  return { home, data: at('data'), password: at('password'), port: at('port'), log: at('server.log') };
}

/**
 * Whether there is a cluster.
 * @throws NdxError DATABASE_EMBEDDED_FAILED when there is something that is none: it may be a damaged one,
 * and holds somebody's data
 */
export function hasCluster({ data, password }: ClusterFiles): boolean {
  const there = existsSync(data) ? readdirSync(data) : [];
  if (there.length === 0) return false;
  const missing = [join(data, 'PG_VERSION'), password].find((file) => !existsSync(file));
  if (missing === undefined) return true;
  throw new NdxError(
    'DATABASE_EMBEDDED_FAILED',
    `${data} is not empty, but ${missing} is missing, so no server can be started on it. Nothing in it was touched: ` +
      `put the file back, or move the folder away and let \`ndx up\` make a new database and read the chains again`,
  );
}

/** @throws when initdb fails; what it made is removed then */
export async function createCluster(server: Server, { home, data, password }: ClusterFiles): Promise<void> {
  for (const name of ['initdb', 'pg_ctl', 'postgres']) {
    const path = join(server.binaries, name);
    if ((statSync(path).mode & 0o111) !== 0o111) chmodSync(path, 0o755);
  }
  // A password without a cluster is that of one which was moved away: it stays the right one for it.
  if (!existsSync(password))
    writeFileSync(password, `${randomBytes(24).toString('base64url')}\n`, { mode: 0o600 });
  server.own(password);
  const made = mkdtempSync(join(home, 'data.new-'));
  try {
    server.own(made);
    await server.run('initdb', [
      `--pgdata=${made}`,
      `--username=${USER}`,
      `--pwfile=${password}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      '--locale=C',
      '--no-instructions',
    ]);
    // Fails when anything but an empty folder has the name by now.
    renameSync(made, data);
  } catch (error) {
    rmSync(made, { recursive: true, force: true });
    throw error;
  }
}

/**
 * The port that the cluster had before, so that whoever was told it finds the server again. At first, and
 * when another program has it by now: one that the system gives to no outgoing connection (those are numbered
 * from 32768 on), chosen by the folder.
 */
export async function portOf({ home, port }: ClusterFiles): Promise<number> {
  const before = existsSync(port) ? Number(readFileSync(port, 'utf8')) : 0;
  if (Number.isInteger(before) && before > 0 && before < 65_536 && (await isFree(before))) return before;
  const start = createHash('sha256').update(home).digest().readUInt32BE(0) % (LAST_PORT - FIRST_PORT);
  for (let tried = 0; tried < LAST_PORT - FIRST_PORT; tried++) {
    const candidate = FIRST_PORT + ((start + tried) % (LAST_PORT - FIRST_PORT));
    if (!(await isFree(candidate))) continue;
    writeFileSync(port, `${candidate}\n`);
    return candidate;
  }
  throw new Error(`no port from ${FIRST_PORT} to ${LAST_PORT} of 127.0.0.1 is free`);
}
