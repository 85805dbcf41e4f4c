/**
 * Keeps child processes running: starts them, waits until each says that it is ready, starts a fallen one again with
 * growing pauses, and gives up when a child says that trying again cannot help (a configuration error).
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { EXIT, NdxError } from '../runtime/errors.js';
import type { Logger } from '../runtime/logger.js';
import { parseReady, type ReadyMessage } from './supervised.js';

export interface ChildSpec {
  readonly name: string;
  /** Script and its arguments, for this Node. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

export interface Child {
  readonly name: string;
  /** What it said when it was ready; a restarted child says it again. */
  readonly ready: ReadyMessage;
  /** Asks it to end, then insists. */
  stop(): Promise<void>;
}

/** Exit codes after which the same start would fail the same way. */
const HOPELESS: readonly number[] = [EXIT.usage, EXIT.config];
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 30_000;
/** A child that ran this long has recovered: its next fall starts from the first pause again. */
const HEALTHY_AFTER = 60_000;
const READY_WITHIN = 90_000;
const STOP_WITHIN = 25_000;

export interface SupervisorDeps {
  readonly log: Logger;
  /** Aborted when everything ends: a Ctrl-C reaches the children at the same moment, and they are not to come back. */
  readonly signal: AbortSignal;
  /** A child that cannot run at all; the supervisor's owner ends everything. */
  readonly onHopeless: (error: NdxError) => void;
}

/** Resolves when the child is ready. @throws NdxError when it ends before that for a reason that will not go away. */
export async function supervise(spec: ChildSpec, deps: SupervisorDeps): Promise<Child> {
  const { log, onHopeless, signal: ending } = deps;
  let current: ChildProcess | undefined;
  let latest: ReadyMessage | undefined;
  let stopping = false;
  let pause = FIRST_PAUSE;
  let timer: NodeJS.Timeout | undefined;

  const first = new Promise<ReadyMessage>((done, fail) => {
    const overdue = setTimeout(
      () => fail(new NdxError('INTERNAL', `${spec.name} was not ready after ${READY_WITHIN / 1000} s`)),
      READY_WITHIN,
    );
    const start = () => {
      const startedAt = Date.now();
      let said = '';
      const child = spawn(process.execPath, [...spec.args], { env: { ...spec.env }, stdio: ['ignore', 'inherit', 'pipe', 'ipc'] });
      current = child;
      child.stderr?.on('data', (data: Buffer) => {
        process.stderr.write(data);
        said = (said + data.toString('utf8')).slice(-2_000);
      });
      child.on('message', (message) => {
        const ready = parseReady(message);
        if (!ready) return;
        latest = ready;
        clearTimeout(overdue);
        done(ready);
      });
      child.once('exit', (code, signal) => {
        if (stopping || ending.aborted) return;
        const how = signal ? `was killed by ${signal}` : `ended with code ${code}`;
        if (code !== null && HOPELESS.includes(code)) {
          clearTimeout(overdue);
          const error = new NdxError('CONFIG_INVALID', `${spec.name} ${how}: ${lastLine(said)}`);
          if (latest) onHopeless(error);
          else fail(error);
          return;
        }
        if (Date.now() - startedAt > HEALTHY_AFTER) pause = FIRST_PAUSE;
        log.error({ child: spec.name, restartInMs: pause }, `${spec.name} ${how}; starting it again`);
        timer = setTimeout(start, pause);
        pause = Math.min(pause * 2, LONGEST_PAUSE);
      });
    };
    start();
  });

  const stop = async () => {
    stopping = true;
    clearTimeout(timer);
    const child = current;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    await new Promise<void>((done) => {
      const insist = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN);
      child.once('exit', () => {
        clearTimeout(insist);
        done();
      });
      child.kill('SIGTERM');
    });
  };
  try {
    const ready = await first;
    return {
      name: spec.name,
      get ready() {
        return latest ?? ready;
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}
