/**
 * One PostgreSQL for a whole test run: its directory is named here, the first test file that needs it starts
 * it (database.ts), and the end of the run stops it. A run without database tests starts none.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startEmbeddedPostgres } from '../../src/store/embedded/postgres.js';

declare module 'vitest' {
  interface ProvidedContext {
    postgresDirectory: string;
  }
}

export default function setup(project: TestProject): () => Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'ndx-test-'));
  project.provide('postgresDirectory', directory);
  return async () => {
    const server = join(directory, 'postgres');
    // Attaches to what the test files started.
    if (existsSync(join(server, 'data', 'postmaster.pid')))
      await (await startEmbeddedPostgres(server)).stop();
    rmSync(directory, { recursive: true, force: true });
  };
}
