/**
 * COPY over a `pg` client, which has the messages but no method for it: the quickest way into and out of a
 * table.
 */
import type pg from 'pg';

/** The part of pg's connection that is spoken to. */
interface Wire {
  query(sql: string): void;
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
}

abstract class Copy {
  protected failure: Error | undefined;

  constructor(
    readonly sql: string,
    readonly done: (error?: Error) => void,
  ) {}

  submit(connection: unknown): void {
    (connection as Wire).query(this.sql);
  }

  handleError(error: Error): void {
    this.failure = error;
    this.done(error);
  }

  handleCommandComplete(): void {
    // ReadyForQuery follows and ends it.
  }

  handleReadyForQuery(): void {
    if (!this.failure) this.done();
  }
}

class CopyIn extends Copy {
  constructor(
    sql: string,
    readonly data: Buffer,
    done: (error?: Error) => void,
  ) {
    super(sql, done);
  }

  handleCopyInResponse(connection: Wire): void {
    connection.sendCopyFromChunk(this.data);
    connection.endCopyFrom();
  }
}

class CopyOut extends Copy {
  readonly chunks: Buffer[] = [];

  handleCopyData(message: { readonly chunk: Buffer }): void {
    this.chunks.push(Buffer.from(message.chunk));
  }
}

/** @param sql `COPY … FROM STDIN` */
export function copyIn(client: pg.Client, sql: string, data: Buffer): Promise<void> {
  return new Promise((done, fail) => {
    client.query(new CopyIn(sql, data, (error) => (error ? fail(error) : done())));
  });
}

/** @param sql `COPY … TO STDOUT` */
export function copyOut(client: pg.Client, sql: string): Promise<Buffer> {
  return new Promise((done, fail) => {
    const copy: CopyOut = new CopyOut(sql, (error) =>
      error ? fail(error) : done(Buffer.concat(copy.chunks)),
    );
    client.query(copy);
  });
}
