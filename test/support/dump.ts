/** Every row of every table as text, for comparisons to the byte. */
import type { Pool } from 'pg';
import { PROJECTIONS } from '../../src/projections/registry.js';

/** Tables that reconcile writes: those of every projection, and its own. */
export const RECONCILED: readonly string[] = [
  ...PROJECTIONS.flatMap(({ tables }) => tables.flatMap(({ writes }) => writes.map(({ name }) => name))),
  'ledger_event',
  'decode_problem',
];

/**
 * What listeners and the sequencer go on writing, whoever replays: the tip, and the feed's numbers. No part
 * of what a replay may touch or must keep; that a replay that changes nothing writes nothing to the feed
 * either is shown in feed.test.ts.
 */
export const LISTENERS_OWN: readonly string[] = [
  'chain_state',
  'coverage_range',
  'feed_change',
  'feed_mark',
  'feed_pending',
  'feed_state',
  'leader_lease',
  'owed_check',
  'pending_block',
];

/**
 * What the metadata process goes on writing while hosts answer: it asks when it likes. The columns of NFT
 * that it writes are left out of a comparison with it.
 */
export const METADATAS_OWN: readonly string[] = [
  'metadata_document',
  'metadata_link',
  'metadata_mark',
  'NFTMetadata',
];
export const METADATAS_COLUMNS: readonly string[] = ['description', 'imageUrl'];

/** Table name → its rows as sorted JSON lines, without the named columns. */
export async function dump(
  pool: Pool,
  tables: readonly string[],
  without: readonly string[] = [],
): Promise<Record<string, string[]>> {
  const out: Record<string, string[]> = {};
  for (const table of tables) {
    const { rows } = await pool.query<{ row: string }>(
      `SELECT (to_jsonb(t) - $1::text[])::text AS row FROM "${table}" t ORDER BY 1`,
      [without],
    );
    out[table] = rows.map((item) => item.row);
  }
  return out;
}

/**
 * What stands in one dump and not, or less often, in the other, as lines that a failing test shows whole;
 * none when they are equal to the byte.
 */
export function changesOf(before: Record<string, string[]>, after: Record<string, string[]>): string[] {
  return [
    ...onlyIn(before, after).map((row) => `- ${row}`),
    ...onlyIn(after, before).map((row) => `+ ${row}`),
  ];
}

function onlyIn(these: Record<string, string[]>, those: Record<string, string[]>): string[] {
  return Object.entries(these).flatMap(([table, rows]) => {
    const others = [...(those[table] ?? [])];
    // Both are sorted, so what is sought is near the front.
    const isMissing = (row: string): boolean => {
      const at = others.indexOf(row);
      if (at >= 0) others.splice(at, 1);
      return at < 0;
    };
    return rows.filter(isMissing).map((row) => `${table} ${row}`);
  });
}

/** All tables of the schema, by name: for the promise that a replay leaves every table byte-equal. */
export async function allTables(pool: Pool): Promise<string[]> {
  const { rows } = await pool.query<{ name: string }>(
    `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1`,
  );
  return rows.map((row) => row.name);
}

/**
 * Empties every table of ours, without its triggers. TRUNCATE would make new files for each table and index:
 * with few rows that takes a hundred times as long.
 */
export async function emptyTables(pool: Pool): Promise<void> {
  const tables = (await allTables(pool)).filter((name) => name !== '_prisma_migrations');
  const deletes = tables.map((name) => `DELETE FROM "${name}";`).join(' ');
  await pool.query(`BEGIN; SET LOCAL session_replication_role = replica; ${deletes} COMMIT`);
}
