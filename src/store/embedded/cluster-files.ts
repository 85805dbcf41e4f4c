/**
 * The files of an embedded PostgreSQL cluster: `data/` is its data directory, `password` and `port` say how
 * to reach it, `server.log` is its log.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { NdxError } from '../../runtime/errors.js';

export interface ClusterFiles {
  readonly home: string;
  readonly data: string;
  readonly password: string;
  readonly port: string;
  readonly log: string;
}

/** @param home folder of the cluster; nothing is read or made */
export function clusterFiles(home: string): ClusterFiles {
  const at = (name: string) => join(home, name);
  return { home, data: at('data'), password: at('password'), port: at('port'), log: at('server.log') };
}

/**
 * Whether the folder holds a database cluster.
 * @throws NdxError DATABASE_EMBEDDED_FAILED when `data/` is not empty but lacks `PG_VERSION` or the password
 * file: it may be a damaged cluster with somebody's data
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
