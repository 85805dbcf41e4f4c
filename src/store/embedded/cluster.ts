/**
 * Makes an embedded cluster: in a folder of its own, which gets its name when it is whole. No folder that was
 * there before is ever removed.
 */
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ClusterFiles } from './cluster-files.js';
import type { Server } from './server-user.js';

export const USER = 'ndx';

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
