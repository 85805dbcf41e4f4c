/** Rows as one `unnest` with an array a column: how every set-based statement gets its input. */

export interface Bulk {
  /** `unnest($3::text[], …) AS t(a, …)` */
  readonly from: string;
  /** `a, b, …` */
  readonly names: string;
  /** An array literal a column. */
  readonly values: readonly string[];
}

/**
 * Column name → PostgreSQL type and how to read it from a row: text, number, bigint, boolean or nothing.
 * Numbering of parameters starts at `first`.
 */
export type BulkColumns<T> = Readonly<Record<string, readonly [type: string, read: (row: T) => unknown]>>;

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

/** PostgreSQL's text form of an array. Made here because pg goes through every element several times. */
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

/** SQL that turns a float8 column of unix seconds into the timestamp (UTC, no zone) that the tables hold. */
export function utc(column: string): string {
  return `to_timestamp(${column}) AT TIME ZONE 'UTC'`;
}
