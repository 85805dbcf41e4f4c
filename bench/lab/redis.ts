/**
 * The Redis of a run, where `redis-server` is installed. Without it every queue is on PostgreSQL, ours and
 * the peers'.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { freePorts } from '../../src/runtime/ports.js';
import { cpuOf } from './usage.js';

export interface BenchRedis {
  readonly url: string;
  readonly version: string;
  flush(): Promise<void>;
  cpu(): number;
  stop(): Promise<void>;
}

/** null: not installed. */
export async function startRedis(): Promise<BenchRedis | null> {
  let version: string;
  try {
    version =
      /v=(\S+)/.exec(execFileSync('redis-server', ['--version'], { encoding: 'utf8' }))?.[1] ?? 'unknown';
  } catch {
    return null;
  }
  const directory = mkdtempSync(join(tmpdir(), 'ndx-bench-redis-'));
  const port = await freePorts();
  // As in production a queue is kept on disk: every second.
  const args = [
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--dir',
    directory,
    '--save',
    '',
    '--appendonly',
    'yes',
    '--appendfsync',
    'everysec',
  ];
  const server = spawn('redis-server', args, { stdio: 'ignore' });
  const url = `redis://127.0.0.1:${port}`;
  const client = new Redis(url, { maxRetriesPerRequest: 50, retryStrategy: () => 100 });
  client.on('error', () => undefined);
  await client.ping();
  return {
    url,
    version,
    flush: async () => void (await client.flushall()),
    cpu: () => cpuOf(server.pid ?? 0) ?? 0,
    stop: async () => {
      client.disconnect();
      server.kill('SIGTERM');
      await once(server, 'exit');
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
