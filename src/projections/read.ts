/** What all read queries share: who answers them, keyset pages, times and decimals as text. */
import type { Database } from '../store/database.js';
import type { ReadPool } from '../store/reads.js';

/**
 * Queries only read. Measured lists are SQL over the pool; rows by key and counts go through Prisma's client
 * (docs/adr/0011-prisma-and-sql.md).
 */
export interface Reader {
  readonly pool: ReadPool;
}

export type KeyReader = Pick<Database, 'prisma'>;

/** Where a list ordered by (time, id), newest first, goes on. `time` is ISO 8601 UTC with milliseconds. */
export interface TimeKey {
  readonly time: string;
  readonly id: string;
}

export interface PageRequest<K> {
  readonly limit: number;
  /** Last item of the page before. */
  readonly after?: K | undefined;
}

export interface Page<T, K> {
  readonly items: readonly T[];
  /** Null on the last page. */
  readonly next: K | null;
}

/** @param rows up to `limit + 1` rows: the one too many says that there is a next page */
export function pageOf<T, K>(rows: readonly T[], limit: number, keyOf: (row: T) => K): Page<T, K> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, next: rows.length > limit && last !== undefined ? keyOf(last) : null };
}

/** The tables hold UTC without zone; as text it passes no zone of a process. */
export function isoTime(column: string): string {
  return `to_char(${column}, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
}

/** Decimal as plain text without trailing zeros, never with an exponent. */
export function decimalText(column: string): string {
  return `trim_scale(${column})::text`;
}
