/** Append-only lines of JSON that survive kill -9: bigint is written as "123n", a torn last line is dropped on opening. */
import { appendFileSync, closeSync, existsSync, mkdirSync, openSync, readFileSync, truncateSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

export interface Journal<T> {
  append(line: T): void;
  close(): void;
}

/** @returns the lines of former runs, and the journal open for more */
export function openJournal<T>(file: string, parse: (value: unknown) => T): { lines: T[]; journal: Journal<T> } {
  mkdirSync(dirname(file), { recursive: true });
  const lines: T[] = [];
  if (existsSync(file)) {
    const bytes = readFileSync(file);
    const end = bytes.lastIndexOf(0x0a) + 1;
    if (end < bytes.length) truncateSync(file, end);
    for (const line of bytes.subarray(0, end).toString('utf8').split('\n')) if (line) lines.push(parse(JSON.parse(line, revive)));
  } else {
    appendFileSync(file, '');
  }
  const handle = openSync(file, 'a');
  return {
    lines,
    journal: {
      append: (line) => void writeSync(handle, `${JSON.stringify(line, replace)}\n`),
      close: () => closeSync(handle),
    },
  };
}

const replace = (_key: string, value: unknown): unknown => (typeof value === 'bigint' ? `${value}n` : value);
const revive = (_key: string, value: unknown): unknown =>
  typeof value === 'string' && /^-?\d+n$/.test(value) ? BigInt(value.slice(0, -1)) : value;
