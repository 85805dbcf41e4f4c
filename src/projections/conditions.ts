/** Optional conditions of a read query: pieces of SQL with their values, joined into one WHERE. */
import type { TimeKey } from './read.js';

/** A piece of SQL with a `?` for each of its values. */
export type Condition = readonly [sql: string, ...values: unknown[]];

/**
 * The condition when a value is given for its filter; undefined, which {@link where} leaves out, when none
 * is.
 */
export function when<T>(value: T | undefined, sql: string): Condition | undefined {
  return value === undefined ? undefined : [sql, value];
}

/**
 * Joins conditions with AND. Undefined ones are left out.
 * @param values parameters that the query has already: numbering goes on after them
 * @returns `WHERE …`, or '' when no condition is left, and the parameters of the whole query in order
 */
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

/**
 * Condition for the next page of a list in `ORDER BY time DESC, id DESC`: the rows after `key`, the last row
 * of the previous page. Undefined for the first page.
 * @param timeColumn a column of type `timestamp`
 */
export function before(
  key: TimeKey | undefined,
  timeColumn: string,
  idColumn: string,
): Condition | undefined {
  return key ? [`(${timeColumn}, ${idColumn}) < (?::timestamp, ?)`, key.time, key.id] : undefined;
}
