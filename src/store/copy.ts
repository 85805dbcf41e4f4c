/**
 * Inserts rows into the large tables with COPY … FROM STDIN. That costs about half as much as `INSERT …
 * SELECT FROM unnest(…)`: the server takes the rows page by page, and this process writes a single text. We
 * frame the protocol's messages ourselves: docs/adr/0008-copy-framing.md.
 */
import { setImmediate } from 'node:timers/promises';
import type { PoolClient, Submittable } from 'pg';
import { messageOf } from '../runtime/errors.js';

export type CopyValue = string | number | bigint | boolean | null | undefined;

/** Column name → how to read its value from a row. */
export type CopyColumns<T> = Readonly<Record<string, (row: T) => CopyValue>>;

/**
 * Inserts rows whose keys are not in the table yet. Waits for concurrent transactions that insert the same
 * keys.
 * @throws pg's DatabaseError of a conflict (isConflict) when one of them commits such a row first
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

/**
 * Rows whose text is made without a pause. This takes some milliseconds, in which no other batch of this
 * process makes progress.
 */
const STRETCH = 200;

/** One text for each stretch of rows: the server stores one while the text of the next is made. */
function* copyTexts<T>(columns: CopyColumns<T>, rows: readonly T[]): Generator<string> {
  for (let from = 0; from < rows.length; from += STRETCH)
    yield copyText(columns, rows.slice(from, from + STRETCH));
}

/** COPY's text format: one line for each row, tabs between the columns, `\N` for NULL. */
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
 * @returns a function that turns Unix seconds into text as the tables hold times: UTC, without time zone. It
 * remembers the last time, because neighbouring rows are mostly of one block, and formatting a time costs
 * more than the other short columns of a row. Make one for each COPY.
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

/** The methods of pg's connection object that a COPY calls. */
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
        // After an error the server ignores further rows.
        if (failure !== undefined) return;
        connection.sendCopyFromChunk(Buffer.from(text));
        await setImmediate();
      }
      if (failure === undefined) connection.endCopyFrom();
    };
    // pg calls these methods as the server's messages arrive. pg's own Query refuses COPY FROM STDIN.
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
