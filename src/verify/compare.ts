/** Derived tables against their fresh fold, row by row and column by column, inside the snapshot. */
import type { PoolClient } from 'pg';
import type { Chain } from '../events/event.js';
import type { BlockRange } from '../events/range.js';
import { DERIVED_TABLES, type DerivedTable } from './derived-tables.js';
import type { ColumnDifference, Finding, Findings, Problem } from './report.js';

type Values = Readonly<Record<string, string | null>>;

/** One row that is not what the ledger says; all columns as text. */
export interface RowDifference {
  readonly table: string;
  readonly key: Values;
  readonly problem: Problem;
  /** null: not there. */
  readonly there: Values | null;
  readonly expected: Values | null;
}

export interface TableComparison {
  readonly rows: number;
  /** At most `limit` a table. */
  readonly differences: readonly RowDifference[];
}

/** @param limit differences listed a table; all are counted */
export async function compareTables(
  client: PoolClient,
  chain: Chain,
  range: BlockRange,
  limit: number,
  findings: Findings,
): Promise<TableComparison> {
  let rows = 0;
  const differences: RowDifference[] = [];
  for (const table of DERIVED_TABLES) {
    for (const name of table.shadows) await client.query(`ANALYZE pg_temp."${name}"`);
    // A Transaction row is a function of its own events, so a range of them can be compared; the other tables sum up all blocks.
    const inRange =
      table.name === 'Transaction'
        ? ` AND "blockNumber" BETWEEN ${range.fromBlock} AND ${range.toBlock}`
        : '';
    const select = (schema: string) => `SELECT true AS here, t.* FROM (${table.rows(schema)}${inRange}) t`;
    const { rows: counted } = await client.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM (${select('pg_temp')}) c`,
      [chain],
    );
    rows += counted[0]?.n ?? 0;
    const { found, total } = await differencesOf(client, table, select, chain, limit);
    for (const [at, difference] of found.entries())
      findings.add(findingOf(difference), at === found.length - 1 ? total - found.length + 1 : 1);
    differences.push(...found);
  }
  return { rows, differences };
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

/** How many events the Transaction row counts more than the ledger holds; 0 for anything else. */
export function eventsMissing(
  difference: RowDifference,
): { readonly counted: number; readonly held: number } | null {
  if (difference.table !== 'Transaction' || difference.there === null) return null;
  const counted = eventCount(difference.there);
  const held = difference.expected === null ? 0 : eventCount(difference.expected);
  return counted > held ? { counted, held } : null;
}

function eventCount(row: Values): number {
  const metadata: unknown = JSON.parse(row.metadata ?? '{}');
  return typeof metadata === 'object' && metadata !== null && 'events' in metadata
    ? Number(metadata.events)
    : 1;
}

function findingOf(difference: RowDifference): Finding {
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
  const missing = eventsMissing(difference);
  if (missing) {
    const block = Number(there?.blockNumber ?? 0);
    const message = `the ledger holds ${missing.held} of the ${missing.counted} events of transaction ${difference.key.transactionHash} in block ${block}: ledger rows were deleted`;
    return { check: 'ledger', problem: 'missing', subject: 'ledger_event', key, message, columns, block };
  }
  return { check: 'tables', problem, subject: table, key, message: say(problem, columns, there), columns };
}

function say(problem: Problem, columns: readonly ColumnDifference[], there: Values | null): string {
  if (problem === 'missing') return 'the row is missing: the ledger has events that make it';
  if (problem === 'orphan') {
    const named = ['walletAddress', 'ownerAddress', 'amount', 'balance'].filter(
      (column) => there?.[column] != null,
    );
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
