/** Passes many rows to one SQL statement: one array parameter for each column, joined by `unnest`. */

export interface Bulk {
  /** `unnest($3::text[], …) AS t(a, …)` */
  readonly from: string;
  /** `a, b, …` */
  readonly names: string;
  /** One PostgreSQL array literal for each column. */
  readonly values: readonly string[];
}

/**
 * Column name → its PostgreSQL type, and how to read its value from a row: text, number, bigint or boolean;
 * null and undefined become NULL.
 */
export type BulkColumns<T> = Readonly<Record<string, readonly [type: string, read: (row: T) => unknown]>>;

/**
 * Makes the input of a set-based statement.
 * @param first number of the first parameter, when the statement has parameters of its own before it
 */
export function bulk<T>(rows: readonly T[], columns: BulkColumns<T>, first = 1): Bulk {
  const entries = Object.entries(columns);
  const names = entries.map(([name]) => `"${name}"`).join(', ');
  const parameters = entries.map(([, [type]], at) => `$${first + at}::${type}[]`).join(', ');
  return {
    from: `unnest(${parameters}) AS t(${names})`,
    names,
    values: entries.map(([, [, read]]) => arrayLiteral(rows, read)),
  };
}

/**
 * PostgreSQL's text form of an array. Written here because pg's own conversion visits every element several
 * times.
 */
function arrayLiteral<T>(rows: readonly T[], read: (row: T) => unknown): string {
  let text = '{';
  let separator = '';
  for (const row of rows) {
    const value = read(row);
    text += separator;
    separator = ',';
    if (value === null || value === undefined) text += 'NULL';
    else if (typeof value === 'string')
      text += `"${SPECIAL.test(value) ? value.replace(SPECIALS, '\\$&') : value}"`;
    else text += String(value);
  }
  return `${text}}`;
}

const SPECIAL = /["\\]/;
const SPECIALS = /["\\]/g;

/**
 * SQL that turns a float8 column of Unix seconds into what the tables hold: a timestamp in UTC, without time
 * zone.
 */
export function utc(column: string): string {
  return `to_timestamp(${column}) AT TIME ZONE 'UTC'`;
}
