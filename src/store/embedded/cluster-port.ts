/** Which port an embedded cluster listens on. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { isFree } from '../../runtime/ports.js';
import type { ClusterFiles } from './cluster-files.js';

const FIRST_PORT = 20_000;

const LAST_PORT = 32_000;

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
