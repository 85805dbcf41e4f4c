/**
 * Keeps child processes running: starts them, waits until each reports that it is ready, starts a crashed one
 * again after growing pauses, and gives up when a restart cannot help (a configuration error).
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { ERROR_CODES, type ErrorCode, EXIT } from '../runtime/error-codes.js';
import { NdxError } from '../runtime/errors.js';
import type { Logger } from '../runtime/logger.js';
import { backoff } from '../runtime/pause.js';
import { parseReady, type ReadyMessage } from './supervised.js';

export interface ChildSpec {
  readonly name: string;
  /** Script and its arguments; they are run with this Node. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

export interface Child {
  readonly name: string;
  /** The child's last ready message; a restarted child sends a new one. */
  readonly ready: ReadyMessage;
  /** Sends SIGTERM, and SIGKILL if the child has not ended after 25 seconds. */
  stop(): Promise<void>;
}

/**
 * Error codes after which a restart would fail in the same way. Every usage or configuration exit code counts
 * too.
 */
const HOPELESS_CODES: readonly string[] = ['PORT_IN_USE'];
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 30_000;
/**
 * Milliseconds. A child that ran this long has recovered: after its next crash the pauses start from the
 * first again.
 */
const HEALTHY_AFTER = 60_000;
const READY_WITHIN = 90_000;
const STOP_WITHIN = 25_000;

export interface SupervisorDeps {
  readonly log: Logger;
  /** Gets whole lines that children write to stderr. */
  readonly say: (lines: string) => void;
  /**
   * Aborted when everything ends. Ctrl-C reaches the children at the same moment, and they must not be
   * restarted then.
   */
  readonly signal: AbortSignal;
  /**
   * Called when a child that was ready cannot run any more. The owner of the supervisor then ends everything.
   */
  readonly onHopeless: (error: NdxError) => void;
}

/**
 * Starts the child and resolves when it is ready.
 * @throws NdxError the child's own error when it ends before that and a restart cannot help; INTERNAL when it
 * is not ready after 90 seconds; INTERRUPTED when everything ends first
 */
export async function supervise(spec: ChildSpec, deps: SupervisorDeps): Promise<Child> {
  const { log, say, onHopeless, signal: ending } = deps;
  let current: ChildProcess | undefined;
  let latest: ReadyMessage | undefined;
  let stopping = false;
  let falls = 0;
  let timer: NodeJS.Timeout | undefined;
  let ranWell = false;

  const first = new Promise<ReadyMessage>((done, fail) => {
    // When everything ends, nobody needs to wait for this child to be ready.
    const end = () => fail(new NdxError('INTERRUPTED', `${spec.name} was not started: everything ends`));
    if (ending.aborted) {
      end();
      return;
    }
    ending.addEventListener('abort', end, { once: true });
    const overdue = setTimeout(
      () => fail(new NdxError('INTERNAL', `${spec.name} was not ready after ${READY_WITHIN / 1000} s`)),
      READY_WITHIN,
    );
    const start = () => {
      const startedAt = Date.now();
      let said = '';
      let begun = '';
      const child = spawn(process.execPath, [...spec.args], {
        env: { ...spec.env },
        stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
      });
      current = child;
      child.stderr?.on('data', (data: Buffer) => {
        // Data comes in pieces. Only whole lines are passed on, so that lines of two children do not mix.
        begun += data.toString('utf8');
        const end = begun.lastIndexOf('\n') + 1;
        if (end > 0) say(begun.slice(0, end));
        begun = begun.slice(end);
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
        if (begun !== '') say(`${begun}\n`);
        if (stopping || ending.aborted) return;
        ranWell ||= Date.now() - startedAt > HEALTHY_AFTER;
        const how = signal ? `was killed by ${signal}` : `ended with code ${code}`;
        // After it has run well once, a start can only fail for reasons that may pass, such as an outage of a
        // provider.
        const error = ranWell ? null : hopeless(spec.name, code, said);
        if (error) {
          clearTimeout(overdue);
          if (latest) onHopeless(error);
          else fail(error);
          return;
        }
        falls = Date.now() - startedAt > HEALTHY_AFTER ? 1 : falls + 1;
        const restartInMs = Math.round(backoff(falls, LONGEST_PAUSE, FIRST_PAUSE));
        log.error({ child: spec.name, restartInMs }, `${spec.name} ${how}; starting it again`);
        timer = setTimeout(start, restartInMs);
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

/** The child's own error, read from its last line `ndx: message [CODE]`; null when a restart may help. */
function hopeless(name: string, exitCode: number | null, said: string): NdxError | null {
  const [, message = '', code = ''] = /^ndx: (.*) \[([A-Z_]+)\]$/m.exec(said) ?? [];
  if (exitCode !== EXIT.usage && exitCode !== EXIT.config && !HOPELESS_CODES.includes(code)) return null;
  return new NdxError(
    isErrorCode(code) ? code : 'CONFIG_INVALID',
    `${name}: ${message || `ended with code ${exitCode}`}`,
  );
}

function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(ERROR_CODES, text);
}
