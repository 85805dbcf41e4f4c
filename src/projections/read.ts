/** What all read queries share: the pool they run on, pages by key, and times and decimals as text. */
import type { Database } from '../store/database.js';
import type { ReadPool } from '../store/reads.js';

/**
 * Where queries run. They only read. Lists whose speed was measured are SQL over the pool; single rows by key
 * and counts go through the Prisma client (docs/adr/0011-prisma-and-sql.md).
 */
export interface Reader {
  readonly pool: ReadPool;
}

export type KeyReader = Pick<Database, 'prisma'>;

/**
 * Key of the last row of a page, for lists ordered by (time, id), newest first: the next page begins after
 * it. `time` is ISO 8601 UTC with milliseconds.
 */
export interface TimeKey {
  readonly time: string;
  readonly id: string;
}

export interface PageRequest<K> {
  readonly limit: number;
  /** Key of the last item of the previous page; absent for the first page. */
  readonly after?: K | undefined;
}

export interface Page<T, K> {
  readonly items: readonly T[];
  /** Key to ask for the next page with; null on the last page. */
  readonly next: K | null;
}

/**
 * Cuts a page out of the rows of a query.
 * @param rows at most `limit + 1` rows: one more than `limit` means that there is a next page
 */
export function pageOf<T, K>(rows: readonly T[], limit: number, keyOf: (row: T) => K): Page<T, K> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, next: rows.length > limit && last !== undefined ? keyOf(last) : null };
}

/**
 * SQL expression for a timestamp column as ISO 8601 text with milliseconds. The tables hold UTC without a
 * time zone; as text, the time zone of the process cannot shift it.
 */
export function isoTime(column: string): string {
  return `to_char(${column}, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
}

/** SQL expression for a decimal column as plain text: no trailing zeros, never an exponent. */
export function decimalText(column: string): string {
  return `trim_scale(${column})::text`;
}
