/**
 * A derived table as `ndx verify` compares it with a fresh fold of the ledger: which columns name a row,
 * which follow from the ledger, and which rows are a chain's. Every projection says this of its own tables.
 */

/**
 * Why a column is not compared. `platform`: only the platform writes it. `shared`: the platform's writes move
 * it, too. `matched`: the rows' query filters or joins by it, so that it is equal where rows are.
 */
type Omitted = 'platform' | 'shared' | 'matched';

/** A table of the database that the projection writes, and that verify shadows for the fold. */
export interface WrittenTable {
  readonly name: string;
  /** Columns that are not compared. All others have to stand among the DerivedTable's key or columns. */
  readonly omitted: Readonly<Record<string, Omitted>>;
  /**
   * The fold looks rows up by an index that is not unique; others are left out of the shadow, where they only
   * cost.
   */
  readonly keepIndexes?: true;
}

export interface DerivedTable {
  /** Of the first table in `writes`. */
  readonly name: string;
  /** The tables whose columns make a row here; columns of those after the first are named `Table.column`. */
  readonly writes: readonly [WrittenTable, ...WrittenTable[]];
  /** Columns that name a row, in the language of the chain where possible. */
  readonly key: readonly string[];
  /** Columns that follow from the ledger. */
  readonly columns: readonly string[];
  /** Those of key and columns by which a person recognises an orphan. */
  readonly telling: readonly string[];
  /**
   * Column that holds the block, where a row is a function of one block's events: then a range can be
   * compared.
   */
  readonly block?: string;
  /**
   * SELECT that gives key and columns of the chain's rows; `$1` is the chain.
   * @param schema `public` or `pg_temp`
   */
  readonly rows: (schema: string) => string;
}

/** All rows of one table that has a column `chain`. */
export function ofChain(table: string): DerivedTable['rows'] {
  return (schema) => `SELECT * FROM ${schema}."${table}" WHERE chain = $1`;
}
