/** Chooses the port that an embedded cluster listens on. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { isFree } from '../../runtime/ports.js';
import type { ClusterFiles } from './cluster-files.js';

const FIRST_PORT = 20_000;

const LAST_PORT = 32_000;

/**
 * The port in the `port` file when it is free, so that whoever was told it finds the server again. Otherwise
 * a free port from 20000 to 31999, below those that the system gives to outgoing connections (from 32768 on).
 * The search begins at a number made of the folder's path; the port found is written to the `port` file.
 * @throws Error when none of these ports is free
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
