/** The one connection pool of a process, with Prisma's client on top of it, and the transaction helper. */
import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { messageOf, NdxError } from '../runtime/errors.js';
import { isUnreachable } from './faults/unreachable.js';
import { PrismaClient } from './generated/client.js';

export interface Database {
  readonly pool: pg.Pool;
  readonly prisma: PrismaClient;
  close(): Promise<void>;
}

export interface DatabaseOptions {
  readonly url: string;
  readonly poolSize?: number;
  /** Milliseconds after which the server cancels a statement; 0 for none. */
  readonly statementTimeout?: number;
  /** Told of connections that die while idle; the pool replaces them. */
  readonly onIdleError?: (error: Error) => void;
}

/**
 * Seconds that a connection is used: after a failover none stays with the server that was demoted, whoever
 * uses it.
 */
const LONGEST_LIFE = 300;

/**
 * Connects lazily, with its listeners on: a connection that the server cuts, before or after `end`, never
 * ends the process.
 */
export function createPool(options: DatabaseOptions): pg.Pool {
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.poolSize ?? 10,
    connectionTimeoutMillis: 10_000,
    maxLifetimeSeconds: LONGEST_LIFE,
    statement_timeout: options.statementTimeout ?? 0,
    application_name: 'ndx',
    // Times in the tables are UTC without zone, as Prisma has them.
    options: '-c TimeZone=UTC',
  });
  // Also told after `end`, which does not wait until the server has closed the connections.
  pool.on('error', options.onIdleError ?? (() => undefined));
  // Nor may that of one which breaks before whoever asked for it has it: its query fails, and says so.
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}

/** Connects lazily: an unreachable server shows at the first query. */
export function createDatabase(options: DatabaseOptions): Database {
  const pool = createPool(options);
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool) });
  return {
    pool,
    prisma,
    close: async () => {
      await prisma.$disconnect();
      if (!pool.ended) await pool.end();
    },
  };
}

/** @throws NdxError DATABASE_UNREACHABLE, DATABASE_NOT_MIGRATED */
export async function assertReady(db: Database): Promise<void> {
  try {
    const { rows } = await db.pool.query<{ ledger: string | null }>(
      `SELECT to_regclass('ledger_event')::text AS ledger`,
    );
    if (rows[0]?.ledger == null)
      throw new NdxError(
        'DATABASE_NOT_MIGRATED',
        'the database has no tables of ours yet: run `ndx db migrate` first',
      );
  } catch (error) {
    if (error instanceof NdxError) throw error;
    throw new NdxError('DATABASE_UNREACHABLE', `cannot reach the database: ${messageOf(error)}`, {
      retryable: true,
      cause: error,
    });
  }
}

/**
 * Conflicts that PostgreSQL resolves by cancelling one side: serialization, deadlock; and what a concurrent
 * writer makes of statements that were right when they began: a key that has come meanwhile (also beside the
 * one that ON CONFLICT looks at), a row referred to that has gone. Run again, they see what stands there now.
 */
const RETRY_STATES = new Set(['40001', '40P01', '23505', '23503']);
const MAX_ATTEMPTS = 8;

/** Thrown inside a transaction to roll back and return a value all the same (dry runs). */
export class RollbackWith<T> extends Error {
  constructor(readonly value: T) {
    super('rolled back on purpose');
  }
}

/**
 * Runs `work` in one READ COMMITTED transaction; again when PostgreSQL says that it met a concurrent writer.
 */
export async function inTransaction<T>(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    const client = await pool.connect();
    let broken: Error | undefined;
    // A server that goes away between two statements says so by this event; unheard, it would end the
    // process.
    const onError = (error: Error) => {
      broken = error;
    };
    client.on('error', onError);
    try {
      await client.query('BEGIN');
      const result = await work(client);
      await client.query('COMMIT');
      return result;
    } catch (error) {
      await client.query('ROLLBACK').catch((rollbackError: Error) => {
        broken = rollbackError;
      });
      if (error instanceof RollbackWith) return error.value as T;
      // The next connection may lead to a server that takes writes.
      if (isUnreachable(error)) broken ??= error;
      if (attempt >= MAX_ATTEMPTS || !isConflict(error)) throw error;
    } finally {
      client.off('error', onError);
      // A connection that cannot roll back is destroyed, not pooled.
      client.release(broken);
    }
    await new Promise((done) => setTimeout(done, Math.random() * 20 * attempt));
  }
}

/** Whether the same work may succeed on fresh data. */
export function isConflict(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code !== undefined && RETRY_STATES.has(error.code);
}
