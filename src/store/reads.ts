/**
 * Reads by class, so that no kind of question can take what the others need: each class has connections, a
 * time limit and a waiting line of its own. A read ends with its signal, in PostgreSQL, too: who asked for it
 * has gone.
 */
import type pg from 'pg';
import { NdxError } from '../runtime/errors.js';

/** What queries need of a pool. */
export interface ReadPool {
  query: pg.Pool['query'];
}

export interface ReadClass {
  /** Queries whose statements are cancelled when the signal is aborted. */
  until(signal: AbortSignal): { readonly pool: ReadPool };
}

export interface ReadClassOptions {
  /** Of this class alone, with its statement timeout. */
  readonly pool: pg.Pool;
  /** Where cancelling is asked for: never the class's own, all of whose connections may be busy. */
  readonly control: Pick<pg.Pool, 'query'>;
  /** Reads that may wait for a connection of the class; one more is refused at once. */
  readonly mostWaiting: number;
}

/**
 * A read rejects with the signal's reason when it is aborted, with NdxError OVERLOADED (retryable) when too
 * many wait.
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
      // A cancellation that is still on its way would end whatever the connection does next.
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

/** The server process behind the connection; the driver knows it from the start of the connection. */
function backendOf(client: pg.PoolClient): number | null {
  return 'processID' in client && typeof client.processID === 'number' ? client.processID : null;
}
