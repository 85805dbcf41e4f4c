/**
 * Our own processes, as production runs them: `ndx work`, `ndx replay`, `ndx listen`, `ndx serve`. There is
 * no other way in.
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BenchContext } from '../bench.js';
import { type Child, startChild } from './child.js';
import { temporaryFolder } from './folder.js';

const MAIN = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));

export interface NdxTarget {
  readonly database: string;
  /** Absent: the queue is on PostgreSQL. */
  readonly redis?: string | undefined;
  readonly rpc?: string;
  readonly env?: Readonly<Record<string, string>>;
}

let dataDir: string | undefined;

function environment({ database, redis, rpc, env = {} }: NdxTarget): Record<string, string> {
  dataDir ??= temporaryFolder('data');
  return {
    NDX_DATA_DIR: dataDir,
    NDX_NETWORK: 'devnet',
    NDX_LOG_LEVEL: 'warn',
    NDX_LOG_FORMAT: 'json',
    DATABASE_URL: database,
    // Empty is unset.
    REDIS_URL: redis ?? '',
    SOLANA_RPC_URL: rpc ?? '',
    ...env,
  };
}

export function startNdx(
  name: string,
  args: readonly string[],
  target: NdxTarget,
  context: Pick<BenchContext, 'profiles'>,
): Child {
  const flags =
    context.profiles === null
      ? []
      : ['--cpu-prof', `--cpu-prof-dir=${join(context.profiles, name.replaceAll(' ', '-'))}`];
  return startChild({ name, script: MAIN, args, env: environment(target), flags });
}

/** Resolves with what the process says of itself when it is ready. */
export function ready(child: Child): Promise<{ readonly url?: string }> {
  return child.message((message) =>
    (message as { type?: string }).type === 'ready' ? (message as { url?: string }) : null,
  );
}

/** `ndx work` processes, ready to take jobs. */
export async function startWorkers(
  count: number,
  concurrency: number,
  target: NdxTarget,
  context: Pick<BenchContext, 'profiles'>,
  chain: 'solana' | 'ton' = 'solana',
): Promise<Child[]> {
  const args = ['work', '--chain', chain, '--concurrency', String(concurrency)];
  const workers = Array.from({ length: count }, (_, at) =>
    startNdx(count === 1 ? 'ndx work' : `ndx work ${at + 1}`, args, target, context),
  );
  await Promise.all(workers.map(ready));
  return workers;
}
