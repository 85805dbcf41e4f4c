/**
 * Runs `ndx` as a user would: within this process, which spares a second of loading, or as a process of its
 * own.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { Writable } from 'node:stream';
import { promisify } from 'node:util';
import { run } from '../../src/cli/program.js';
import { createContext } from '../../src/process/context.js';

const ROOT = new URL('../../', import.meta.url).pathname;
const MAIN = `${ROOT}dist/src/cli/main.js`;
/** Not a measure of any command: ends one that hangs, before the test that waits for it is ended. */
const HANGS_MS = 600_000;

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Compiles what is out of date; `npm test` has done so already. */
export async function prepare(): Promise<void> {
  await promisify(execFile)(process.execPath, [`${ROOT}scripts/ready.mjs`]);
}

/**
 * The whole program but its process: arguments in, exit code and output out. Only what is given is in the
 * environment: nothing of the developer's own leaks in.
 */
export async function ndx(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const stdout = collector();
  const stderr = collector();
  const context = createContext({
    environment: { PATH: process.env.PATH, ...environment },
    stdout: stdout.stream,
    stderr: stderr.stream,
  });
  const code = await run(args, context);
  return { code, stdout: stdout.text(), stderr: stderr.text() };
}

function collector() {
  const pieces: string[] = [];
  const stream = new Writable({
    decodeStrings: false,
    write: (piece: string | Buffer, _, done) => {
      pieces.push(piece.toString());
      done();
    },
  });
  return { stream, text: () => pieces.join('') };
}

/** As a process of its own: for what is about processes (memory, locks, signals, two at a time). */
export function ndxProcess(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  return new Promise((done, fail) => {
    const child = execFile(
      process.execPath,
      [MAIN, ...args],
      { env: { PATH: process.env.PATH, ...environment }, timeout: HANGS_MS },
      (error, stdout, stderr) => {
        if (error && typeof error.code !== 'number')
          fail(new Error(`ndx ${args.join(' ')} was killed: ${error.message}\n${stderr}`));
        else done({ code: error ? Number(error.code) : 0, stdout, stderr });
      },
    );
    child.stdin?.end();
  });
}

export interface Running {
  readonly process: ChildProcess;
  /** First line on stdout. */
  readonly firstLine: string;
  /** Sends the signal and waits for the end; the exit code, or null when it was killed. */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

/** Starts a command that stays, and waits until it says something. */
export async function start(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Running> {
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { PATH: process.env.PATH, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', (data: Buffer) => {
    stderr += data.toString();
  });
  const ended = new Promise<number | null>((done) => child.once('exit', (code) => done(code)));
  const firstLine = await new Promise<string>((done, fail) => {
    let text = '';
    child.stdout.on('data', (data: Buffer) => {
      text += data.toString();
      if (text.includes('\n')) done(text.split('\n')[0] ?? '');
    });
    void ended.then((code) => fail(new Error(`ndx ${args.join(' ')} ended with ${code}: ${stderr}`)));
  });
  return {
    process: child,
    firstLine,
    end: (signal) => {
      child.kill(signal);
      return ended;
    },
  };
}
