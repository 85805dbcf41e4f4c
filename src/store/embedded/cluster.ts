/**
 * Creates an embedded cluster. initdb works in a new folder, which gets the name `data` once it is complete.
 * A folder that existed before is never removed.
 */
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ClusterFiles } from './cluster-files.js';
import type { Server } from './server-user.js';

export const USER = 'ndx';

/** @throws Error when initdb fails or `data` is not empty by now; the new folder is removed then */
export async function createCluster(server: Server, { home, data, password }: ClusterFiles): Promise<void> {
  for (const name of ['initdb', 'pg_ctl', 'postgres']) {
    const path = join(server.binaries, name);
    if ((statSync(path).mode & 0o111) !== 0o111) chmodSync(path, 0o755);
  }
  // A password file without a cluster belongs to a cluster that was moved away. It is kept, so that it still
  // fits when that cluster is put back.
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
    // Fails when `data` exists by now and is not an empty folder.
    renameSync(made, data);
  } catch (error) {
    rmSync(made, { recursive: true, force: true });
    throw error;
  }
}
