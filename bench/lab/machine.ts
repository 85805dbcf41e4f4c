/** What a run was measured on: figures of two machines, or of two hours, are no comparison. */
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { cpus, loadavg, release, totalmem } from 'node:os';

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly kernel: string;
  readonly node: string;
  readonly packages: Readonly<Record<string, string>>;
  readonly commit: string;
  /** Of the last minute, before the run: what else this machine did. */
  readonly load: number;
}

const PACKAGES = [
  'pg',
  'bullmq',
  'ioredis',
  'undici',
  'zod',
  '@prisma/client',
  '@solana/web3.js',
  '@subsquid/solana-stream',
];

export function describeMachine(): Machine {
  const require = createRequire(import.meta.url);
  const versionOf = (name: string): string => {
    const path = require.resolve.paths(name)?.map((folder) => `${folder}/${name}/package.json`) ?? [];
    for (const file of path) {
      try {
        return (require(file) as { version: string }).version;
      } catch {
        // Not in this node_modules; the next one up may hold it.
      }
    }
    return 'unknown';
  };
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.version,
    packages: Object.fromEntries(PACKAGES.map((name) => [name, versionOf(name)])),
    commit: commit(),
    load: Math.round((loadavg()[0] ?? 0) * 100) / 100,
  };
}

function commit(): string {
  try {
    const short = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
    const changed = execFileSync(
      'git',
      ['status', '--porcelain', '--untracked-files=no', '--', '.', ':!docs'],
      {
        encoding: 'utf8',
      },
    ).trim();
    return changed === '' ? short : `${short} and changes`;
  } catch {
    return 'unknown';
  }
}
