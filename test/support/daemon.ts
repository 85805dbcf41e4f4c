/**
 * The whole daemon as its operators run it: `ndx up` in processes of its own, on a data folder of its own.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import { readRunFile } from '../../src/process/run-file.js';
import { createPool } from '../../src/store/database.js';
import { startEmbeddedPostgres } from '../../src/store/embedded/postgres.js';
import { eventually } from './eventually.js';

const ROOT = join(import.meta.dirname, '../..');
const MAIN = join(ROOT, 'dist/src/cli/main.js');

export interface Daemon {
  readonly dataDir: string;
  /** Base URLs; known after start(). */
  api(): string;
  devnet(): string;
  /** '' when TON has no devnet. */
  tonDevnet(): string;
  /** Runs `ndx up` and resolves when the API answers. */
  start(environment?: Readonly<Record<string, string>>): Promise<void>;
  /** Ctrl-C; resolves with the exit code. */
  interrupt(): Promise<number | null>;
  /** kill -9 of every process, PostgreSQL's included. */
  killEverything(): Promise<void>;
  /** A pool on the daemon's own database. */
  pool(): Promise<pg.Pool>;
  databaseUrl(): Promise<string>;
  /** All that it printed. */
  output(): string;
  remove(): Promise<void>;
}

export function createDaemon(): Daemon {
  const dataDir = mkdtempSync(join(tmpdir(), 'ndx-e2e-'));
  let child: ChildProcess | undefined;
  let output = '';
  const pools: pg.Pool[] = [];
  const runFile = () => readRunFile(dataDir);

  const closePools = async () => {
    for (const pool of pools.splice(0)) await pool.end();
  };
  const daemon: Daemon = {
    dataDir,
    api: () => runFile()?.api ?? '',
    devnet: () => runFile()?.devnet?.url ?? '',
    tonDevnet: () => runFile()?.devnet?.tonUrl ?? '',
    output: () => output,
    start: async (environment = {}) => {
      const started = spawn(process.execPath, [MAIN, 'up'], {
        cwd: ROOT,
        // Its own process group, so that a test can end all of it at once.
        detached: true,
        env: { ...process.env, PORT: '0', NDX_DATA_DIR: dataDir, NDX_LOG_FORMAT: 'json', ...environment },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      child = started;
      for (const stream of [started.stdout, started.stderr])
        stream?.on('data', (data: Buffer) => (output += data.toString('utf8')));
      await eventually(
        async () => {
          if (started.exitCode !== null) return true;
          const url = daemon.api();
          return url !== '' && (await fetch(`${url}/health`)).ok;
        },
        { what: 'the API to answer', progress: () => output.length },
      );
      if (started.exitCode !== null) throw new Error(`ndx up ended with ${started.exitCode}:\n${output}`);
    },
    interrupt: async () => {
      await closePools();
      const running = child;
      if (!running || running.exitCode !== null) return running?.exitCode ?? null;
      return new Promise((done) => {
        running.once('exit', (code) => done(code));
        process.kill(-(running.pid ?? 0), 'SIGINT');
      });
    },
    killEverything: async () => {
      const postmaster = postmasterPid(dataDir);
      const family = [
        ...descendants(child?.pid ?? 0),
        ...(postmaster ? [postmaster, ...descendants(postmaster)] : []),
      ];
      for (const pid of [child?.pid ?? 0, ...family]) kill(pid);
      await Promise.allSettled(pools.splice(0).map((pool) => pool.end()));
      await eventually(
        async () => family.every((pid) => !existsSync(`/proc/${pid}/cmdline`) || zombie(pid)),
        { what: 'every process to be gone' },
      );
    },
    databaseUrl: async () => (await startEmbeddedPostgres(join(dataDir, 'postgres'))).url,
    pool: async () => {
      const url = await daemon.databaseUrl();
      const pool = createPool({ url, poolSize: 2 });
      pools.push(pool);
      return pool;
    },
    remove: async () => {
      await daemon.interrupt();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
  return daemon;
}

function postmasterPid(dataDir: string): number | null {
  const file = join(dataDir, 'postgres/data/postmaster.pid');
  return existsSync(file) ? Number(readFileSync(file, 'utf8').split('\n')[0]) : null;
}

function descendants(pid: number): number[] {
  const table = execFileSync('ps', ['-eo', 'pid=,ppid='], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number));
  const children = table.filter(([, parent]) => parent === pid).map(([id]) => id ?? 0);
  return children.flatMap((child) => [child, ...descendants(child)]);
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function zombie(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch {
    return true;
  }
}
