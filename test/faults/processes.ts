/**
 * The daemon's processes, started one by one and started again when they fall, as an orchestrator does. Their
 * fall is the test's doing.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');
const MAIN = join(ROOT, 'dist/src/cli/main.js');
const AGAIN_AFTER_MS = 300;

export interface Part {
  readonly name: string;
  pid(): number | null;
  signal(signal: NodeJS.Signals): void;
  /** kill -9, and down until the function that it returns is called. */
  takeDown(): () => void;
  /** How often it ended without being killed. */
  readonly fell: readonly string[];
  stop(): Promise<void>;
}

export interface PartOptions {
  readonly name: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly logFile: string;
  /** Modules loaded before the program. */
  readonly imports?: readonly string[];
}

export function startPart({ name, args, env, logFile, imports = [] }: PartOptions): Part {
  let child: ChildProcess | null = null;
  let stopping = false;
  let down = false;
  let timer: NodeJS.Timeout | undefined;
  const fell: string[] = [];
  const start = () => {
    const started = spawn(
      process.execPath,
      [...imports.flatMap((path) => ['--import', path]), MAIN, ...args],
      {
        cwd: ROOT,
        env: { PATH: process.env.PATH ?? '', NDX_LOG_FORMAT: 'json', ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    child = started;
    const log = (data: Buffer) =>
      appendFileSync(logFile, data.toString('utf8').replace(/^(?=.)/gm, `${name} `));
    started.stdout?.on('data', log);
    started.stderr?.on('data', log);
    started.once('exit', (code, signal) => {
      child = null;
      if (stopping || down) return;
      if (signal !== 'SIGKILL') fell.push(signal ?? `code ${code}`);
      timer = setTimeout(start, AGAIN_AFTER_MS);
    });
  };
  start();
  return {
    name,
    pid: () => child?.pid ?? null,
    signal: (signal) => void child?.kill(signal),
    takeDown: () => {
      down = true;
      child?.kill('SIGKILL');
      return () => {
        down = false;
        if (!child && !stopping) start();
      };
    },
    fell,
    stop: async () => {
      stopping = true;
      clearTimeout(timer);
      const running = child;
      if (!running) return;
      await new Promise<void>((done) => {
        const insist = setTimeout(() => running.kill('SIGKILL'), 10_000);
        running.once('exit', () => {
          clearTimeout(insist);
          done();
        });
        running.kill('SIGCONT');
        running.kill('SIGTERM');
      });
    },
  };
}
