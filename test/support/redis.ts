/** A Redis of a test's own, when `redis-server` is installed. In CI it has to be. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '../../src/runtime/ports.js';

export interface TestRedis {
  readonly url: string;
  readonly port: number;
  stop(): Promise<void>;
}

/** Whether tests of the Redis backend can run here. @throws in CI when they cannot */
export function hasRedis(): boolean {
  try {
    execFileSync('redis-server', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    if (process.env.CI === 'true')
      throw new Error(
        'redis-server is not installed: in CI the tests of the Redis backend must run (.ci/run installs it)',
      );
    process.stderr.write('redis-server is not installed: tests of the Redis backend are skipped\n');
    return false;
  }
}

export async function startRedis(): Promise<TestRedis> {
  const directory = mkdtempSync(join(tmpdir(), 'ndx-redis-'));
  const port = await freePorts();
  const server = spawn(
    'redis-server',
    ['--port', String(port), '--bind', '127.0.0.1', '--dir', directory, '--save', '', '--appendonly', 'no'],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  await listening(server);
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    stop: async () => {
      if (server.exitCode === null) {
        server.kill('SIGTERM');
        await once(server, 'exit');
      }
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function listening(server: ChildProcess): Promise<void> {
  return new Promise((done, fail) => {
    let output = '';
    const timer = setTimeout(() => fail(new Error(`redis-server did not start: ${output}`)), 10_000);
    server.stdout?.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      if (!/Ready to accept connections/i.test(output)) return;
      clearTimeout(timer);
      done();
    });
    server.once('error', fail);
    server.once('exit', (code) => fail(new Error(`redis-server ended with ${code}: ${output}`)));
  });
}
