/**
 * COPY … FROM STDIN: how rows come into the large tables. About half the cost of `INSERT … SELECT FROM unnest(…)`, for the server,
 * which takes them page by page, and for this process, which writes one text.
 */
import type { PoolClient, Submittable } from 'pg';

export type CopyValue = string | number | bigint | boolean | null | undefined;

/** Column → how to read it from a row. */
export type CopyColumns<T> = Readonly<Record<string, (row: T) => CopyValue>>;

/**
 * Inserts rows that are not there yet, as far as this transaction can see; whoever inserts the same ones at once is waited for.
 * @throws pg's DatabaseError of a conflict (isConflict) when one of them has been committed by another meanwhile
 */
export async function copyNew<T>(client: PoolClient, table: string, columns: CopyColumns<T>, rows: readonly T[]): Promise<void> {
  if (rows.length === 0) return;
  const names = Object.keys(columns).map((name) => `"${name}"`);
  await copyIn(client, `COPY "${table}" (${names.join(', ')}) FROM STDIN`, copyText(columns, rows));
}

/** COPY's text format: a line a row, tabs between columns, `\N` for null. */
function copyText<T>(columns: CopyColumns<T>, rows: readonly T[]): string {
  const reads = Object.values(columns);
  let text = '';
  for (const row of rows) {
    let separator = '';
    for (const read of reads) {
      const value = read(row);
      text += separator;
      separator = '\t';
      if (value === null || value === undefined) text += '\\N';
      else if (typeof value === 'string') text += SPECIAL.test(value) ? value.replace(SPECIALS, escapeOf) : value;
      else text += String(value);
    }
    text += '\n';
  }
  return text;
}

const SPECIAL = /[\\\n\r\t]/;
const SPECIALS = /[\\\n\r\t]/g;

function escapeOf(character: string): string {
  switch (character) {
    case '\n':
      return '\\n';
    case '\r':
      return '\\r';
    case '\t':
      return '\\t';
    default:
      return '\\\\';
  }
}

/** Unix seconds as the tables hold times: UTC without zone. */
export function copyTime(seconds: number | null): string | null {
  return seconds === null ? null : new Date(seconds * 1000).toISOString().slice(0, -1);
}

/** The part of pg's connection that COPY speaks to. */
interface Wire {
  query(sql: string): void;
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
}

function copyIn(client: PoolClient, sql: string, text: string): Promise<void> {
  return new Promise((done, fail) => {
    let failure: Error | undefined;
    // pg calls these as the server's messages come; a query of its own refuses to copy.
    const copy: Submittable & Record<string, unknown> = {
      submit: (connection: unknown) => (connection as Wire).query(sql),
      handleCopyInResponse: (connection: Wire) => {
        connection.sendCopyFromChunk(Buffer.from(text));
        connection.endCopyFrom();
      },
      handleCommandComplete: () => undefined,
      handleError: (error: Error) => {
        failure = error;
        fail(error);
      },
      handleReadyForQuery: () => {
        if (!failure) done();
      },
    };
    client.query(copy);
  });
}
