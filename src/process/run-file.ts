/**
 * `run.json` in the data folder: where the parts of a running `ndx up` can be found by other commands of this
 * machine. That it runs is not said by the file, which a killed one leaves behind, but by the name `up.lock`
 * that it holds (runtime/held.ts).
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

export function writeRunFile(dataDir: string, content: RunFile): void {
  const path = pathOf(dataDir);
  // Readers see the old file or the new one, never half of it.
  writeFileSync(`${path}.new`, `${JSON.stringify(content)}\n`, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

export function removeRunFile(dataDir: string): void {
  rmSync(pathOf(dataDir), { force: true });
}

/** null when it was not written, cannot be read, or its process lives no more. */
export function readRunFile(dataDir: string): RunFile | null {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(pathOf(dataDir), 'utf8'));
  } catch (error) {
    // A full disk or a power cut may leave an empty file: then nobody is found, and the next start writes it
    // anew.
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  const file = schema.safeParse(content).data;
  return file && isAlive(file.pid) ? file : null;
}

/**
 * Good enough to leave out addresses that nobody answers at; a number may have been given to another process.
 */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives and belongs to somebody else.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
