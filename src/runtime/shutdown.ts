/**
 * How a process ends. What it acquired is released in reverse order. The first SIGINT, SIGTERM or SIGHUP (the
 * terminal is gone) asks for that. A second signal, or a release that takes too long, ends the process at
 * once.
 */

import { EXIT } from './error-codes.js';
import { messageOf } from './errors.js';

export interface Shutdown {
  /** Aborted as soon as the end is asked for. Pass it to everything that waits. */
  readonly signal: AbortSignal;
  /** Resolves when the end is asked for. Processes that only serve wait for this. */
  readonly ended: Promise<void>;
  /** Registers something to release. `release` runs once, after the releases of everything added later. */
  add(name: string, release: () => Promise<void> | void): void;
  /**
   * Releases everything. Further calls wait for the first one. A release that fails is reported and does not
   * reject.
   */
  stop(reason: string): Promise<void>;
  /** True when a signal asked for the end. */
  readonly interrupted: boolean;
  /** Removes the signal handlers. */
  dispose(): void;
}

export interface ShutdownOptions {
  /** Milliseconds for all releases together. */
  readonly timeout: number;
  readonly report: (message: string) => void;
  /** Default: process.exit. */
  readonly exit?: (code: number) => void;
  /** Where signals come from. Default: this process. */
  readonly signals?: NodeJS.EventEmitter;
  readonly now?: () => number;
}

/**
 * Milliseconds. On Ctrl-C the terminal sends SIGINT to the whole process group and npm passes it on once
 * more: one keypress, two signals.
 */
const SAME_KEYPRESS = 500;

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

interface Releaser {
  readonly name: string;
  readonly release: () => Promise<void> | void;
}

/**
 * Installs the signal handlers. On a signal or on `stop`, the parts of the process end in the reverse order
 * in which they were added.
 */
export function createShutdown(options: ShutdownOptions): Shutdown {
  const exit = options.exit ?? ((code) => process.exit(code));
  const signals = options.signals ?? process;
  const now = options.now ?? Date.now;
  const controller = new AbortController();
  const ended = new Promise<void>((done) =>
    controller.signal.addEventListener('abort', () => done(), { once: true }),
  );
  const releasers: Releaser[] = [];
  let stopping: Promise<void> | undefined;
  let interruptedAt: number | undefined;

  async function unwind(): Promise<void> {
    let current = '';
    const timer = setTimeout(() => {
      options.report(`releasing ${current} took longer than ${options.timeout} ms: ending anyway`);
      exit(EXIT.failed);
    }, options.timeout);
    for (let next = releasers.pop(); next; next = releasers.pop()) {
      current = next.name;
      try {
        await next.release();
      } catch (error) {
        options.report(`releasing ${current} failed: ${messageOf(error)}`);
      }
    }
    clearTimeout(timer);
  }

  function stop(reason: string): Promise<void> {
    stopping ??= (async () => {
      controller.abort(new Error(reason));
      await unwind();
    })();
    return stopping;
  }

  function onSignal(name: NodeJS.Signals): void {
    if (interruptedAt !== undefined) {
      if (now() - interruptedAt < SAME_KEYPRESS) return;
      options.report(`second ${name}: ending at once`);
      exit(EXIT.interrupted);
      return;
    }
    interruptedAt = now();
    void stop(name);
  }

  for (const name of SIGNALS) signals.on(name, onSignal);
  return {
    signal: controller.signal,
    ended,
    add: (name, release) => void releasers.push({ name, release }),
    stop,
    get interrupted() {
      return interruptedAt !== undefined;
    },
    dispose: () => {
      for (const name of SIGNALS) signals.off(name, onSignal);
    },
  };
}
