/**
 * The files of an embedded cluster: `data/` with the database, `password` beside it, `port` that it is
 * reached at.
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
