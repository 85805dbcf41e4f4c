/** Optional conditions of a read query: pieces of SQL with their values, joined into one WHERE. */
import type { TimeKey } from './read.js';

/** A piece of SQL with a `?` for each of its values. */
export type Condition = readonly [sql: string, ...values: unknown[]];

/** A condition only where the filter is given. */
export function when<T>(value: T | undefined, sql: string): Condition | undefined {
  return value === undefined ? undefined : [sql, value];
}

/** `WHERE …` (or nothing) and its values; the parameters are numbered after `values`. */
export function where(
  conditions: readonly (Condition | undefined)[],
  values: readonly unknown[] = [],
): { sql: string; values: unknown[] } {
  const all = [...values];
  const parts = conditions
    .filter((condition) => condition !== undefined)
    .map(([sql, ...own]) => {
      let at = 0;
      return sql.replace(/\?/g, () => `$${all.push(own[at++])}`);
    });
  return { sql: parts.length > 0 ? `WHERE ${parts.join(' AND ')}` : '', values: all };
}

/** Condition that starts after the page before, for `ORDER BY time DESC, id DESC`. */
export function before(
  key: TimeKey | undefined,
  timeColumn: string,
  idColumn: string,
): Condition | undefined {
  return key ? [`(${timeColumn}, ${idColumn}) < (?::timestamp, ?)`, key.time, key.id] : undefined;
}
