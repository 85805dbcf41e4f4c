/**
 * COPY … FROM STDIN: how rows come into the large tables. About half the cost of `INSERT … SELECT FROM
 * unnest(…)`, for the server, which takes them page by page, and for this process, which writes one text. The
 * framing is our own: docs/adr/0008-copy-framing.md.
 */
import { setImmediate } from 'node:timers/promises';
import type { PoolClient, Submittable } from 'pg';
import { messageOf } from '../runtime/errors.js';

export type CopyValue = string | number | bigint | boolean | null | undefined;

/** Column → how to read it from a row. */
export type CopyColumns<T> = Readonly<Record<string, (row: T) => CopyValue>>;

/**
 * Inserts rows that are not there yet, as far as this transaction can see; whoever inserts the same ones at
 * once is waited for.
 * @throws pg's DatabaseError of a conflict (isConflict) when one of them has been committed by another
 * meanwhile
 */
export async function copyNew<T>(
  client: PoolClient,
  table: string,
  columns: CopyColumns<T>,
  rows: readonly T[],
): Promise<void> {
  if (rows.length === 0) return;
  const names = Object.keys(columns).map((name) => `"${name}"`);
  await copyIn(client, `COPY "${table}" (${names.join(', ')}) FROM STDIN`, copyTexts(columns, rows));
}

/** Rows whose text is made in one go: some milliseconds, in which no other batch of this process gets on. */
const STRETCH = 200;

/** The server takes in one stretch of the rows while the next one's text is made. */
function* copyTexts<T>(columns: CopyColumns<T>, rows: readonly T[]): Generator<string> {
  for (let from = 0; from < rows.length; from += STRETCH)
    yield copyText(columns, rows.slice(from, from + STRETCH));
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
      else if (typeof value === 'string')
        text += SPECIAL.test(value) ? value.replace(SPECIALS, escapeOf) : value;
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

/**
 * @returns turns unix seconds into text as the tables hold times: UTC without zone. One for each COPY:
 * neighbouring rows are of one block, and a time's text costs more than the rest of a row's short columns.
 */
export function createCopyTime(): (seconds: number | null) => string | null {
  let last: number | null = null;
  let text: string | null = null;
  return (seconds) => {
    if (seconds !== last) {
      last = seconds;
      text = seconds === null ? null : new Date(seconds * 1000).toISOString().slice(0, -1);
    }
    return text;
  };
}

/** The part of pg's connection that COPY speaks to. */
interface Wire {
  query(sql: string): void;
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
  sendCopyFail(reason: string): void;
}

function copyIn(client: PoolClient, sql: string, texts: Iterable<string>): Promise<void> {
  return new Promise((done, fail) => {
    let failure: unknown;
    const refuse = (error: unknown): void => {
      failure ??= error;
      fail(failure);
    };
    const send = async (connection: Wire): Promise<void> => {
      for (const text of texts) {
        // After an error the server takes no more of this.
        if (failure !== undefined) return;
        connection.sendCopyFromChunk(Buffer.from(text));
        await setImmediate();
      }
      if (failure === undefined) connection.endCopyFrom();
    };
    // pg calls these as the server's messages come; a query of its own refuses to copy.
    const copy: Submittable & Record<string, unknown> = {
      submit: (connection: unknown) => (connection as Wire).query(sql),
      handleCopyInResponse: (connection: Wire) => {
        send(connection).catch((error: unknown) => {
          refuse(error);
          connection.sendCopyFail(messageOf(error));
        });
      },
      handleCommandComplete: () => undefined,
      handleError: refuse,
      handleReadyForQuery: () => {
        if (failure === undefined) done();
      },
    };
    client.query(copy);
  });
}
