/**
 * `run.json` in the data folder: where other commands on this machine find the parts of a running `ndx up`. A
 * killed `ndx up` leaves the file behind, so the file does not prove that it runs. The held name `up.lock`
 * does (runtime/held.ts).
 */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const schema = z.object({
  pid: z.int().positive(),
  api: z.string().optional(),
  devnet: z.object({ url: z.string(), wsUrl: z.string(), tonUrl: z.string().optional() }).optional(),
});

export type RunFile = z.output<typeof schema>;

const pathOf = (dataDir: string) => join(dataDir, 'run.json');

/** Writes the file, readable by its owner only, in place of an old one. */
export function writeRunFile(dataDir: string, content: RunFile): void {
  const path = pathOf(dataDir);
  // Written aside and renamed: readers see the old file or the new one, never half of one.
  writeFileSync(`${path}.new`, `${JSON.stringify(content)}\n`, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

/** Does nothing when there is none. */
export function removeRunFile(dataDir: string): void {
  rmSync(pathOf(dataDir), { force: true });
}

/** null when the file is missing, cannot be parsed, or its process is not alive. */
export function readRunFile(dataDir: string): RunFile | null {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(pathOf(dataDir), 'utf8'));
  } catch (error) {
    // A full disk or a power cut may leave an empty file. It counts as missing; the next start writes it
    // again.
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  const file = schema.safeParse(content).data;
  return file && isAlive(file.pid) ? file : null;
}

/**
 * Enough to leave out addresses where nobody answers. The process number may belong to another process by
 * now.
 */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: the process is alive and belongs to another user.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
