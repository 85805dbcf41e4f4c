/** Rows of derived tables that are not what the ledger says: verify finds them, projections mend them. */
/** A row, or the columns that name one; values as text, null is SQL's NULL. */
export type Values = Readonly<Record<string, string | null>>;

/** One row that is not what the ledger says. */
export interface RowDifference {
  /** Name of the DerivedTable. */
  readonly table: string;
  readonly key: Values;
  /** `missing`: the ledger has events that make it. `orphan`: nothing in the ledger accounts for it. */
  readonly problem: 'missing' | 'orphan' | 'different';
  /** null: not there. */
  readonly there: Values | null;
  readonly expected: Values | null;
}

/** Those of the differences that are of one table. */
export function differencesOf(differences: readonly RowDifference[], table: string): RowDifference[] {
  return differences.filter((difference) => difference.table === table);
}

/** Values of a key's column. */
export function keysOf(differences: readonly RowDifference[], column: string): string[] {
  return differences.map(({ key }) => key[column]).filter((value) => typeof value === 'string');
}

/** Whether the ledger accounts for the row: restored then, and removed otherwise. */
export function isExpected({ expected }: RowDifference): boolean {
  return expected !== null;
}

export function isOrphan({ expected }: RowDifference): boolean {
  return expected === null;
}
