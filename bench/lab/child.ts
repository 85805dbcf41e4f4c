/**
 * A measured child process: started with Node, says when it is ready over IPC, watched for CPU and memory,
 * ended with the run.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpuOf, peakMemoryOf } from './usage.js';

export interface Usage {
  readonly name: string;
  /** Seconds of CPU since `mark`, or since the start. */
  readonly cpu: number;
  /** MiB. */
  readonly peakMemory: number;
}

export interface Child {
  readonly pid: number;
  /** First message for which `wanted` holds. Rejects when the process ends before. */
  message<T>(wanted: (message: unknown) => T | null, milliseconds?: number): Promise<T>;
  send(message: object): void;
  /** CPU is counted from here on. */
  mark(): void;
  usage(): Usage;
  /** Exit code; standard output so far. */
  ended(): Promise<{ readonly code: number | null; readonly output: string }>;
  stop(): Promise<void>;
}

export interface ChildOptions {
  readonly name: string;
  readonly script: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Flags of Node itself, e.g. --cpu-prof. */
  readonly flags?: readonly string[];
}

const SAMPLE_MS = 100;
const STOP_MS = 20_000;
/** Nothing here takes longer before it is ready or done. */
const PATIENCE_MS = 900_000;

export function startChild(options: ChildOptions): Child {
  const { name, script, args = [], flags = [] } = options;
  const child = spawn(process.execPath, [...flags, script, ...args], {
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const pid = child.pid ?? 0;
  let output = '';
  let errors = '';
  child.stdout?.on('data', (data: Buffer) => {
    output += data.toString('utf8');
  });
  child.stderr?.on('data', (data: Buffer) => {
    errors = (errors + data.toString('utf8')).slice(-4_000);
  });
  const exit = new Promise<number | null>((done) => child.once('exit', (code) => done(code)));
  let memory = 0;
  let cpu = 0;
  let marked = 0;
  const sample = (): void => {
    memory = Math.max(memory, peakMemoryOf(pid) ?? 0);
    cpu = Math.max(cpu, cpuOf(pid) ?? 0);
  };
  const timer = setInterval(sample, SAMPLE_MS);
  timer.unref();
  child.once('exit', () => clearInterval(timer));
  const messages: unknown[] = [];
  const listeners = new Set<(message: unknown) => void>();
  child.on('message', (message) => {
    messages.push(message);
    for (const listener of listeners) listener(message);
  });

  return {
    pid,
    message: (wanted, milliseconds = PATIENCE_MS) =>
      new Promise((done, fail) => {
        const deadline = setTimeout(
          () => fail(new Error(`${name} said nothing for ${milliseconds / 1000} s: ${errors}`)),
          milliseconds,
        );
        const listen = (message: unknown): void => {
          const found = wanted(message);
          if (found === null) return;
          messages.splice(messages.indexOf(message), 1);
          clearTimeout(deadline);
          listeners.delete(listen);
          done(found);
        };
        listeners.add(listen);
        for (const message of [...messages]) listen(message);
        void exit.then((code) => {
          clearTimeout(deadline);
          fail(new Error(`${name} ended with code ${code}: ${errors}${output.slice(-2000)}`));
        });
      }),
    send: (message) => void child.send(message),
    mark: () => {
      sample();
      marked = cpu;
    },
    usage: () => {
      sample();
      return { name, cpu: cpu - marked, peakMemory: memory };
    },
    ended: async () => ({ code: await exit, output: output || errors }),
    stop: () => stop(child, exit),
  };
}

async function stop(child: ChildProcess, exit: Promise<number | null>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const insist = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  if (child.connected) child.disconnect();
  child.kill('SIGTERM');
  await exit;
  clearTimeout(insist);
}

/** Sends to the parent and waits until it is out. */
export async function tell(message: object): Promise<void> {
  if (!process.send) return;
  await new Promise<void>((done) => process.send?.(message, undefined, undefined, () => done()));
}

/** In a child: the next message from the parent. */
export async function nextMessage(): Promise<unknown> {
  const [message] = (await once(process, 'message')) as [unknown];
  return message;
}
