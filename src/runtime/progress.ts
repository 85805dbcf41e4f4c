/**
 * Progress of long work, with rate and time left. On a terminal one line is overwritten; elsewhere a line is
 * written every few seconds.
 */

export interface Progress {
  /** Reports that `done` of `total` units are done; `note` is shown at the end of the line. */
  update(done: number, note?: string): void;
  /** Shows the last state and ends the line. */
  end(): void;
}

export interface ProgressOptions {
  readonly label: string;
  readonly total: number;
  /** Plural, such as `blocks`. */
  readonly unit: string;
  readonly stream: {
    write(text: string): unknown;
    readonly isTTY?: boolean | undefined;
    readonly columns?: number | undefined;
  };
  /** Milliseconds between lines when the stream is no terminal. */
  readonly every?: number;
  readonly now?: () => number;
}

const BAR_WIDTH = 24;
const TERMINAL_INTERVAL = 100;
/** Milliseconds. The rate is that of the last seconds, so that it follows changes. */
const RATE_WINDOW = 10_000;

/** Starts at 0 of `total` units; the rate counts from now on. Writes nothing by itself. */
export function createProgress(options: ProgressOptions): Progress {
  const now = options.now ?? Date.now;
  const terminal = options.stream.isTTY === true;
  const interval = terminal ? TERMINAL_INTERVAL : (options.every ?? 5_000);
  const samples: { at: number; done: number }[] = [{ at: now(), done: 0 }];
  let lastShown = now();
  let done = 0;
  let note = '';
  let shown = '';

  function line(): string {
    const first = samples[0] ?? { at: now(), done: 0 };
    const seconds = (now() - first.at) / 1_000;
    const rate = seconds > 0 ? (done - first.done) / seconds : 0;
    const share = options.total === 0 ? 1 : Math.min(1, done / options.total);
    const left =
      done >= options.total
        ? 'done'
        : rate > 0
          ? `${duration((options.total - done) / rate)} left`
          : 'time left unknown';
    const bar = terminal ? ` ${'█'.repeat(Math.round(share * BAR_WIDTH)).padEnd(BAR_WIDTH, '░')}` : '';
    const text = `${options.label}${bar} ${Math.floor(share * 100)}% ${done}/${options.total} ${options.unit}, ${rateText(rate)}/s, ${left}`;
    return note === '' ? text : `${text}, ${note}`;
  }

  function show(): void {
    lastShown = now();
    const text = line();
    if (text === shown) return;
    shown = text;
    options.stream.write(
      terminal ? `\r\u001b[K${text.slice(0, (options.stream.columns ?? 120) - 1)}` : `${text}\n`,
    );
  }

  return {
    update: (value, text = '') => {
      done = value;
      note = text;
      samples.push({ at: now(), done });
      while (samples.length > 2 && now() - (samples[0]?.at ?? 0) > RATE_WINDOW) samples.shift();
      if (now() - lastShown >= interval) show();
    },
    end: () => {
      show();
      if (terminal) options.stream.write('\n');
    },
  };
}

function rateText(rate: number): string {
  return rate >= 100 ? String(Math.round(rate)) : rate.toFixed(1);
}

/** Text of a duration in seconds, rounded up: `5 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`. */
export function duration(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3_600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  if (whole < 86_400) return `${Math.floor(whole / 3_600)} h ${Math.floor((whole % 3_600) / 60)} min`;
  return `${Math.floor(whole / 86_400)} d ${Math.floor((whole % 86_400) / 3_600)} h`;
}
