/**
 * What commands print: data on stdout, messages for a person on stderr. Colours only on a terminal that shows
 * them.
 */
import { toJson } from '../events/json.js';

export interface TextStream {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  /** Node's terminals take NO_COLOR and FORCE_COLOR into account. */
  hasColors?(): boolean;
}

type Paint = (text: string) => string;

export interface Output {
  readonly stdout: TextStream;
  readonly stderr: TextStream;
  /** A line of data. */
  print(text: string): void;
  /** One JSON document on one line; amounts (`bigint`) as strings. */
  json(value: unknown): void;
  /** A line for a person, on stderr. */
  note(text: string): void;
  /** Prints whole lines, such as those of a log, on stderr above the live line. */
  above(lines: string): void;
  /** Overwrites the line at the bottom of the terminal; null ends it. Use it on terminals only. */
  live(text: string | null): void;
  /** Prints columns aligned. Cells may hold colour codes. */
  table(headers: readonly string[], rows: readonly (readonly string[])[]): void;
  readonly paint: {
    readonly bold: Paint;
    readonly dim: Paint;
    readonly red: Paint;
    readonly green: Paint;
    readonly yellow: Paint;
  };
}

const CLEAR_LINE = '\r\x1b[2K';
const ESCAPE = String.fromCharCode(27);
const PAINTED = new RegExp(`${ESCAPE}\\[\\d+m`, 'g');

/** @param stdout colours are used only if this is a terminal that shows them */
export function createOutput(stdout: TextStream, stderr: TextStream): Output {
  const coloured = stdout.isTTY === true && stdout.hasColors?.() !== false;
  const paint = (code: number): Paint =>
    coloured ? (text) => `${ESCAPE}[${code}m${text}${ESCAPE}[0m` : (text) => text;
  const print = (text: string) => void stdout.write(`${text}\n`);
  const bold = paint(1);
  let bottom = '';
  const above = (lines: string): void =>
    void stderr.write(bottom === '' ? lines : `${CLEAR_LINE}${lines}${bottom}`);
  return {
    stdout,
    stderr,
    print,
    json: (value) => print(JSON.stringify(toJson(value))),
    note: (text) => above(`${text}\n`),
    above,
    live: (text) => {
      if (text === null) {
        if (bottom !== '') stderr.write('\n');
        bottom = '';
        return;
      }
      bottom = text.slice(0, (stderr.columns ?? 120) - 1);
      stderr.write(CLEAR_LINE + bottom);
    },
    table: (headers, rows) => {
      const lines = [headers.map(bold), ...rows];
      const widths = headers.map((_, column) => Math.max(...lines.map((line) => width(line[column] ?? ''))));
      for (const line of lines) {
        const cells = line.map(
          (cell, column) => cell + ' '.repeat(Math.max(0, (widths[column] ?? 0) - width(cell))),
        );
        print(cells.join('  ').trimEnd());
      }
    },
    paint: { bold, dim: paint(2), red: paint(31), green: paint(32), yellow: paint(33) },
  };
}

/** Number of visible characters. */
function width(text: string): number {
  return text.replace(PAINTED, '').length;
}
