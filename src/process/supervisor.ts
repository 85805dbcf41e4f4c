/**
 * Keeps child processes running: starts them, waits until each says that it is ready, starts a fallen one
 * again with growing pauses, and gives up when a child says that trying again cannot help (a configuration
 * error).
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { ERROR_CODES, type ErrorCode, EXIT } from '../runtime/error-codes.js';
import { NdxError } from '../runtime/errors.js';
import type { Logger } from '../runtime/logger.js';
import { backoff } from '../runtime/pause.js';
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

/**
 * Codes of ends after which the same start would fail the same way, beside every end with a usage or
 * configuration exit code.
 */
const HOPELESS_CODES: readonly string[] = ['PORT_IN_USE'];
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 30_000;
/** A child that ran this long has recovered: its next fall starts from the first pause again. */
const HEALTHY_AFTER = 60_000;
const READY_WITHIN = 90_000;
const STOP_WITHIN = 25_000;

export interface SupervisorDeps {
  readonly log: Logger;
  /** Told the lines that children write to their standard error. */
  readonly say: (lines: string) => void;
  /**
   * Aborted when everything ends: a Ctrl-C reaches the children at the same moment, and they are not to come
   * back.
   */
  readonly signal: AbortSignal;
  /** A child that cannot run at all; the supervisor's owner ends everything. */
  readonly onHopeless: (error: NdxError) => void;
}

/**
 * Resolves when the child is ready. @throws NdxError when it ends before that for a reason that will not go
 * away.
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
    // Whoever waits for this child's readiness need not any more when everything ends.
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
        // Data comes in pieces: half a line would be cut by another child's.
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
        // Once it has run well, a start can only fail for reasons that may pass, such as a provider's bad
        // day.
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

/**
 * The child's own error, as its last line told it: `ndx: message [CODE]`; null when starting it again may
 * help.
 */
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
