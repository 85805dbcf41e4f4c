/**
 * What commands print: data on stdout, everything said to a person on stderr. Colours only where a terminal
 * shows them.
 */
import { toJson } from '../events/json.js';

export interface TextStream {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  /** Node's terminals answer with NO_COLOR and FORCE_COLOR taken into account. */
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
  /** A line for the person, beside the data. */
  note(text: string): void;
  /** Columns aligned; a cell may be painted. */
  table(headers: readonly string[], rows: readonly (readonly string[])[]): void;
  readonly paint: {
    readonly bold: Paint;
    readonly dim: Paint;
    readonly red: Paint;
    readonly green: Paint;
    readonly yellow: Paint;
  };
}

const ESCAPE = String.fromCharCode(27);
const PAINTED = new RegExp(`${ESCAPE}\\[\\d+m`, 'g');

export function createOutput(stdout: TextStream, stderr: TextStream): Output {
  const coloured = stdout.isTTY === true && stdout.hasColors?.() !== false;
  const paint = (code: number): Paint =>
    coloured ? (text) => `${ESCAPE}[${code}m${text}${ESCAPE}[0m` : (text) => text;
  const print = (text: string) => void stdout.write(`${text}\n`);
  const bold = paint(1);
  return {
    stdout,
    stderr,
    print,
    json: (value) => print(JSON.stringify(toJson(value))),
    note: (text) => void stderr.write(`${text}\n`),
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

/** Characters that show. */
function width(text: string): number {
  return text.replace(PAINTED, '').length;
}
