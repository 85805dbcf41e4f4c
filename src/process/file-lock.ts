/** A lock between processes of one machine: a file that holds the process id of its owner. */
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { NdxError } from '../runtime/errors.js';
import { isAlive } from './run-file.js';

const POLL = 50;
const GIVE_UP_AFTER = 180_000;

/**
 * Runs `work` while no other process does so under the same `path`. The lock of a killed process is taken over.
 * @throws NdxError DATABASE_EMBEDDED_FAILED when it stays taken for three minutes
 */
export async function withFileLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  const mine = `${path}.${process.pid}-${process.hrtime.bigint().toString(36)}`;
  writeFileSync(mine, String(process.pid));
  try {
    await take(path, mine);
  } finally {
    rmSync(mine, { force: true });
  }
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}

async function take(path: string, mine: string): Promise<void> {
  const giveUp = Date.now() + GIVE_UP_AFTER;
  for (;;) {
    try {
      // A link appears together with its content, so nobody ever reads a lock without an owner.
      linkSync(mine, path);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const owner = ownerOf(path);
    if (owner !== undefined && !isAlive(owner)) rmSync(path, { force: true });
    else if (Date.now() > giveUp)
      throw new NdxError(
        'DATABASE_EMBEDDED_FAILED',
        `process ${owner} holds ${path} for too long: end it, or remove the file`,
      );
    else await wait(POLL);
  }
}

function ownerOf(path: string): number | undefined {
  try {
    return Number(readFileSync(path, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
