/**
 * Append-only lines of JSON that survive kill -9: bigint is written as "123n", a torn last line is dropped on
 * opening.
 */
import { closeSync, ftruncateSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

export interface Journal<T> {
  append(line: T): void;
  /** All lines, those of former runs too. */
  read(): T[];
  close(): void;
}

/** Opens the file for more, without its torn last line if it has one. */
export function openJournal<T>(file: string, parse: (value: unknown) => T): Journal<T> {
  mkdirSync(dirname(file), { recursive: true });
  const handle = openSync(file, 'a+');
  const bytes = readFileSync(file);
  const end = bytes.lastIndexOf(0x0a) + 1;
  if (end < bytes.length) ftruncateSync(handle, end);
  return {
    append: (line) => void writeSync(handle, `${JSON.stringify(line, replace)}\n`),
    read: () =>
      readFileSync(file, 'utf8')
        .split('\n')
        .filter(Boolean)
        .map((line) => parse(JSON.parse(line, revive))),
    close: () => closeSync(handle),
  };
}

const replace = (_key: string, value: unknown): unknown => (typeof value === 'bigint' ? `${value}n` : value);
const revive = (_key: string, value: unknown): unknown =>
  typeof value === 'string' && /^-?\d+n$/.test(value) ? BigInt(value.slice(0, -1)) : value;
