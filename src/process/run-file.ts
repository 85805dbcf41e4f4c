/** `run.json` in the data folder: where the parts of a running `ndx up` can be found by other commands of this machine. */
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

/** null when nothing runs on this data folder. */
export function readRunFile(dataDir: string): RunFile | null {
  let text: string;
  try {
    text = readFileSync(pathOf(dataDir), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  const content = schema.safeParse(JSON.parse(text));
  return content.success && isAlive(content.data.pid) ? content.data : null;
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives and belongs to somebody else.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
