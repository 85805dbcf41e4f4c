/** Rows as one `unnest` with an array a column: how every set-based statement gets its input. */

export interface Bulk {
  /** `unnest($3::text[], …) AS t(a, …)` */
  readonly from: string;
  /** `a, b, …` */
  readonly names: string;
  readonly values: readonly unknown[][];
}

/** Column name → PostgreSQL type and how to read it from a row. Numbering of parameters starts at `first`. */
export type BulkColumns<T> = Readonly<Record<string, readonly [type: string, read: (row: T) => unknown]>>;

export function bulk<T>(rows: readonly T[], columns: BulkColumns<T>, first = 1): Bulk {
  const entries = Object.entries(columns);
  const names = entries.map(([name]) => `"${name}"`).join(', ');
  const parameters = entries.map(([, [type]], at) => `$${first + at}::${type}[]`).join(', ');
  return { from: `unnest(${parameters}) AS t(${names})`, names, values: entries.map(([, [, read]]) => rows.map(read)) };
}

/** SQL that turns a float8 column of unix seconds into the timestamp (UTC, no zone) that the tables hold. */
export function utc(column: string): string {
  return `to_timestamp(${column}) AT TIME ZONE 'UTC'`;
}
