/** Differences between rows of derived tables and the ledger: verify finds them, projections repair them. */
/** A row, or the columns that identify one. Values are text; null is SQL's NULL. */
export type Values = Readonly<Record<string, string | null>>;

/** One row that differs from what the ledger says. */
export interface RowDifference {
  /** Name of the DerivedTable. */
  readonly table: string;
  readonly key: Values;
  /**
   * `missing`: the ledger has events for the row, but the row is absent. `orphan`: nothing in the ledger
   * accounts for the row. `different`: the row is there with other values.
   */
  readonly problem: 'missing' | 'orphan' | 'different';
  /** The stored row; null when it is missing. */
  readonly there: Values | null;
  /** The row as the ledger gives it; null for an orphan. */
  readonly expected: Values | null;
}

/** The differences of one table. */
export function differencesOf(differences: readonly RowDifference[], table: string): RowDifference[] {
  return differences.filter((difference) => difference.table === table);
}

/** Values of one key column; null values are left out. */
export function keysOf(differences: readonly RowDifference[], column: string): string[] {
  return differences.map(({ key }) => key[column]).filter((value) => typeof value === 'string');
}

/** Whether the ledger accounts for the row. If so a repair restores it, otherwise it removes it. */
export function isExpected({ expected }: RowDifference): boolean {
  return expected !== null;
}

/** Whether the row stands in the table and nothing in the ledger accounts for it. */
export function isOrphan({ expected }: RowDifference): boolean {
  return expected === null;
}
