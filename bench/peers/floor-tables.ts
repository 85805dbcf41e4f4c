/**
 * The very rows that ours leaves, in their last state, copied in by so many connections: nobody who fills
 * these tables is quicker.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { copyIn } from '../lab/copy.js';
import { type FloorRows, WHOLE_TABLES } from './floor-rows.js';

interface Piece {
  readonly table: string;
  readonly data: Buffer;
}

/** @returns milliseconds that the writing took; the rows are read beforehand */
export async function writeFloorTables(
  { folder }: FloorRows,
  connections: number,
  database: string,
): Promise<number> {
  const stretches = readdirSync(folder).filter((name) => /^(ledger_event|Transaction)-/.test(name));
  // Tables that are referred to before those that refer to them; the parts of one go in beside each other.
  const steps: Piece[][] = [
    ...WHOLE_TABLES.map((table) =>
      partsOf(readFileSync(join(folder, table)), connections).map((data) => ({ table, data })),
    ),
    stretches.map((name) => ({ table: name.split('-')[0] ?? '', data: readFileSync(join(folder, name)) })),
  ];
  const clients = Array.from({ length: connections }, () => new pg.Client({ connectionString: database }));
  await Promise.all(clients.map((client) => client.connect()));
  const started = performance.now();
  for (const step of steps) {
    const left = step.values();
    await Promise.all(
      clients.map(async (client) => {
        // An iterator that all share: who is free takes the next.
        for (const { table, data } of left) await copyIn(client, `COPY "${table}" FROM STDIN`, data);
      }),
    );
  }
  const taken = performance.now() - started;
  await Promise.all(clients.map((client) => client.end()));
  return taken;
}

/** COPY's text in so many parts of whole lines. */
function partsOf(text: Buffer, count: number): Buffer[] {
  const parts: Buffer[] = [];
  for (let from = 0, part = 1; part <= count && from < text.length; part++) {
    const end =
      part === count ? text.length : text.indexOf('\n', Math.floor((text.length * part) / count)) + 1;
    parts.push(text.subarray(from, end));
    from = end;
  }
  return parts;
}
