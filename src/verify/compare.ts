/**
 * Compares the derived tables with their fresh fold, row by row and column by column, inside of the snapshot.
 */
import type { PoolClient } from 'pg';
import type { Chain } from '../events/event.js';
import type { BlockRange } from '../events/range.js';
import type { DerivedTable } from '../projections/derived-table.js';
import type { Projection } from '../projections/projection.js';
import { PROJECTIONS } from '../projections/registry.js';
import type { RowDifference, Values } from '../projections/row-difference.js';
import type { ColumnDifference, Finding, Findings } from './findings.js';

export interface TableComparison {
  /** Rows that the tables have by the fresh fold. */
  readonly rows: number;
  /** At most `limit` for each table. */
  readonly differences: readonly RowDifference[];
}

/**
 * Compares all tables of all projections with the copies that the fold has filled.
 * @param client of withShadow, after foldLedger
 * @param limit most differences listed for each table; all are counted
 */
export async function compareTables(
  client: PoolClient,
  chain: Chain,
  range: BlockRange,
  limit: number,
  findings: Findings,
): Promise<TableComparison> {
  let rows = 0;
  const differences: RowDifference[] = [];
  for (const projection of PROJECTIONS) {
    for (const table of projection.tables) {
      for (const { name } of table.writes) await client.query(`ANALYZE pg_temp."${name}"`);
      const select = (schema: string) => `SELECT true AS here, t.* FROM (${rowsOf(table, schema, range)}) t`;
      const { rows: counted } = await client.query<{ n: number }>(
        `SELECT count(*)::int AS n FROM (${select('pg_temp')}) c`,
        [chain],
      );
      rows += counted[0]?.n ?? 0;
      const { found, total } = await differencesOf(client, table, select, chain, limit);
      for (const [at, difference] of found.entries())
        findings.add(
          findingOf(projection, table, difference),
          at === found.length - 1 ? total - found.length + 1 : 1,
        );
      differences.push(...found);
    }
  }
  return { rows, differences };
}

/**
 * A table whose rows depend on the events of one block each is compared for the range only; the others sum up
 * all blocks and are compared whole.
 */
function rowsOf(table: DerivedTable, schema: string, range: BlockRange): string {
  const all = table.rows(schema);
  if (table.block === undefined) return all;
  return `SELECT * FROM (${all}) r WHERE "${table.block}" BETWEEN ${range.fromBlock} AND ${range.toBlock}`;
}

async function differencesOf(
  client: PoolClient,
  table: DerivedTable,
  select: (schema: string) => string,
  chain: Chain,
  limit: number,
): Promise<{ readonly found: RowDifference[]; readonly total: number }> {
  const columns = ['here', ...table.columns];
  const side = (alias: string) => columns.map((column) => `${alias}."${column}"`).join(', ');
  const texts = (alias: string) =>
    table.columns.map((column, at) => `${alias}."${column}"::text AS ${alias}_${at}`);
  const keys = table.key.map((column) => `"${column}"`).join(', ');
  const { rows } = await client.query<Record<string, string | boolean | null>>(
    `SELECT ${table.key.map((column, at) => `"${column}"::text AS key_${at}`).join(', ')}, p.here AS p_here, l.here AS l_here,
            ${[...texts('p'), ...texts('l')].map((text) => `${text}, `).join('')}count(*) OVER ()::text AS total
       FROM (${select('public')}) p FULL JOIN (${select('pg_temp')}) l USING (${keys})
      WHERE ROW(${side('p')}) IS DISTINCT FROM ROW(${side('l')})
      ORDER BY ${keys} LIMIT ${limit}`,
    [chain],
  );
  const values = (
    row: Record<string, string | boolean | null>,
    alias: string,
    names: readonly string[],
  ): Values => Object.fromEntries(names.map((name, at) => [name, row[`${alias}_${at}`] as string | null]));
  const found = rows.map((row): RowDifference => {
    const there = row.p_here ? values(row, 'p', table.columns) : null;
    const expected = row.l_here ? values(row, 'l', table.columns) : null;
    const problem = there === null ? 'missing' : expected === null ? 'orphan' : 'different';
    return { table: table.name, key: values(row, 'key', table.key), problem, there, expected };
  });
  return { found, total: Number(rows[0]?.total ?? 0) };
}

function findingOf(
  { lostEvents }: Projection,
  { telling }: DerivedTable,
  difference: RowDifference,
): Finding {
  const { table, problem, there, expected } = difference;
  const key = Object.entries(difference.key)
    .map(([column, value]) => `${column}=${value}`)
    .join(' ');
  const columns: ColumnDifference[] =
    there && expected
      ? Object.keys(there)
          .filter((column) => there[column] !== expected[column])
          .map((column) => ({ column, table: there[column] ?? null, expected: expected[column] ?? null }))
      : [];
  const lost = lostEvents?.(difference);
  if (lost) {
    const { block, held, counted, transactionHash } = lost;
    const message = `the ledger holds ${held} of the ${counted} events of transaction ${transactionHash} in block ${block}: ledger rows were deleted`;
    return { check: 'ledger', problem: 'missing', subject: 'ledger_event', key, message, columns, block };
  }
  const message = say(difference, columns, telling);
  return { check: 'tables', problem, subject: table, key, message, columns };
}

function say(
  { problem, there }: RowDifference,
  columns: readonly ColumnDifference[],
  telling: readonly string[],
): string {
  if (problem === 'missing') return 'the row is missing: the ledger has events that make it';
  if (problem === 'orphan') {
    const named = telling.filter((column) => there?.[column] != null);
    const facts = named.map((column) => `${column} ${there?.[column]}`).join(', ');
    return `orphan row${facts ? ` (${facts})` : ''}: no event of the ledger accounts for it`;
  }
  return columns
    .map(
      ({ column, table, expected }) =>
        `${column} is ${table ?? 'NULL'}, the ledger says ${expected ?? 'NULL'}`,
    )
    .join('; ');
}
