/**
 * A derived table as `ndx verify` compares it with a fresh fold of the ledger: which columns identify a row,
 * which columns follow from the ledger, and which rows belong to a chain. Every projection declares this for
 * its own tables.
 */

/**
 * Why a column is not compared. `platform`: only the platform writes it. `shared`: the platform's writes
 * change it too. `matched`: the query in `rows` filters or joins by it, so it is equal wherever rows are
 * compared at all. `metadata`: it follows from what stands off chain, which src/metadata/ writes and verify
 * compares on its own.
 */
type Omitted = 'platform' | 'shared' | 'matched' | 'metadata';

/**
 * A table of the database that the projection writes. For the fresh fold, verify makes an empty temporary
 * copy.
 */
export interface WrittenTable {
  readonly name: string;
  /** Columns that are not compared. Every other column must be in `key` or `columns` of the DerivedTable. */
  readonly omitted: Readonly<Record<string, Omitted>>;
  /**
   * Set when the fold looks rows up by an index that is not unique. Otherwise the temporary copy has no such
   * indexes, because they would only make the fold slower.
   */
  readonly keepIndexes?: true;
}

export interface DerivedTable {
  /** Name of the first table in `writes`. */
  readonly name: string;
  /**
   * The tables whose columns make up one row here. Columns of tables after the first are named
   * `Table.column`.
   */
  readonly writes: readonly [WrittenTable, ...WrittenTable[]];
  /**
   * Columns that identify a row; where possible they are values of the chain (hash, address), not ids of
   * ours.
   */
  readonly key: readonly string[];
  /** Columns that follow from the ledger. */
  readonly columns: readonly string[];
  /**
   * Columns, out of key and columns, by which a person recognises a row that nothing in the ledger accounts
   * for.
   */
  readonly telling: readonly string[];
  /**
   * Column with the block number, where a row depends on the events of one block only. Rows of such a table
   * can be compared for a range of blocks.
   */
  readonly block?: string;
  /**
   * Makes the SELECT that returns key and columns of the chain's rows; its parameter `$1` is the chain.
   * @param schema `public`, or `pg_temp` for the temporary copy
   */
  readonly rows: (schema: string) => string;
}

/** `rows` for a table that has a column `chain`: all rows of the chain. */
export function ofChain(table: string): DerivedTable['rows'] {
  return (schema) => `SELECT * FROM ${schema}."${table}" WHERE chain = $1`;
}
