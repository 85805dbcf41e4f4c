/**
 * Divides reads into classes, so that no kind of query can use up what the others need: each class has
 * connections, a time limit and a waiting line of its own. When the signal of a read is aborted, because its
 * client has gone, its statement is cancelled in PostgreSQL, too.
 */
import type pg from 'pg';
import { NdxError } from '../runtime/errors.js';

/** The part of a pool that queries need. */
export interface ReadPool {
  query: pg.Pool['query'];
}

export interface ReadClass {
  /** A pool whose statements are cancelled when the signal is aborted. */
  until(signal: AbortSignal): { readonly pool: ReadPool };
}

export interface ReadClassOptions {
  /** Connections of this class alone, with its statement timeout. */
  readonly pool: pg.Pool;
  /**
   * Pool through which statements are cancelled. Never the class's own, all of whose connections may be busy.
   */
  readonly control: Pick<pg.Pool, 'query'>;
  /** Reads that may wait for a connection of the class; one more is refused at once. */
  readonly mostWaiting: number;
}

/**
 * Makes a class of reads. Its queries reject with NdxError OVERLOADED (retryable) when `mostWaiting` reads
 * wait for a connection already, and with the signal's reason once that is aborted.
 */
export function createReadClass({ pool, control, mostWaiting }: ReadClassOptions): ReadClass {
  async function read(signal: AbortSignal, text: string, values: unknown[]): Promise<pg.QueryResult> {
    signal.throwIfAborted();
    if (pool.waitingCount >= mostWaiting)
      throw new NdxError('OVERLOADED', 'too many questions of this kind wait for the database already', {
        retryable: true,
      });
    const client = await pool.connect();
    let cancelled: Promise<unknown> | undefined;
    const cancel = (): void => {
      cancelled = control.query('SELECT pg_cancel_backend($1)', [backendOf(client)]).catch(() => undefined);
    };
    try {
      signal.throwIfAborted();
      signal.addEventListener('abort', cancel, { once: true });
      return await client.query(text, values);
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    } finally {
      signal.removeEventListener('abort', cancel);
      // A cancellation that is still on its way would cancel the next statement of this connection.
      await cancelled;
      client.release();
    }
  }
  return {
    until: (signal) => ({
      pool: {
        query: ((text: string, values: unknown[] = []) => read(signal, text, values)) as pg.Pool['query'],
      },
    }),
  };
}

/**
 * Process id of the server's backend behind the connection, which pg learns when it connects; null when it is
 * unknown.
 */
function backendOf(client: pg.PoolClient): number | null {
  return 'processID' in client && typeof client.processID === 'number' ? client.processID : null;
}
