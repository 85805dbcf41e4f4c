/** The connection pool of a process, Prisma's client on top of it, and the helper for transactions. */
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
  /** Most connections at once; default 10. */
  readonly poolSize?: number;
  /** Milliseconds after which the server cancels a statement; default 0: no limit. */
  readonly statementTimeout?: number;
  /** Called when an idle connection dies; the pool replaces it. */
  readonly onIdleError?: (error: Error) => void;
}

/**
 * Seconds after which the pool replaces a connection, so that after a failover none stays with the demoted
 * server.
 */
const LONGEST_LIFE = 300;

/**
 * Makes a pool that connects at the first query. Errors of its connections are always listened for, so that a
 * connection which the server cuts, before or after `end`, never ends the process.
 */
export function createPool(options: DatabaseOptions): pg.Pool {
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.poolSize ?? 10,
    connectionTimeoutMillis: 10_000,
    maxLifetimeSeconds: LONGEST_LIFE,
    statement_timeout: options.statementTimeout ?? 0,
    application_name: 'ndx',
    // The tables hold times in UTC without time zone, as Prisma writes them.
    options: '-c TimeZone=UTC',
  });
  // Also emitted after `end`, which does not wait until the server has closed the connections.
  pool.on('error', options.onIdleError ?? (() => undefined));
  // A connection may break before the one who asked for it has it. Its query then fails with the reason, so
  // this event needs no other handling; but without a listener it would end the process.
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}

/** Connects at the first query: only that shows whether the server can be reached. */
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

/**
 * Checks that the server answers and that our tables exist.
 * @throws NdxError DATABASE_NOT_MIGRATED when there are no tables of ours yet
 * @throws NdxError DATABASE_UNREACHABLE (retryable) when the query fails
 */
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
 * SQLSTATEs after which a transaction may succeed when it runs again and sees what others have committed:
 * 40001 serialization failure, 40P01 deadlock, 23505 unique violation (another writer has inserted the key
 * meanwhile, possibly one of another index than ON CONFLICT names), 23503 foreign key violation (another
 * writer has deleted the row that is referred to), 23001 restrict violation (another writer refers to the row
 * that is deleted; before PostgreSQL 18 this is 23503, too).
 */
const RETRY_STATES = new Set(['40001', '40P01', '23505', '23503', '23001']);
const MAX_ATTEMPTS = 8;

/** Thrown inside {@link inTransaction} to roll back and return a value all the same (dry runs). */
export class RollbackWith<T> extends Error {
  constructor(readonly value: T) {
    super('rolled back on purpose');
  }
}

/**
 * Runs `work` in one READ COMMITTED transaction. When it conflicts with a concurrent writer (isConflict) it
 * is rolled back and run again, up to 8 times in all.
 * @returns what `work` returns, or the value of the RollbackWith that it throws
 * @throws what `work` or PostgreSQL threw last
 */
export async function inTransaction<T>(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    const client = await pool.connect();
    let broken: Error | undefined;
    // When the server goes away between two statements, pg emits this event; without a listener it would end
    // the process.
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
      // The connection is not kept: the next one may lead to a server that takes writes.
      if (isUnreachable(error)) broken ??= error;
      if (attempt >= MAX_ATTEMPTS || !isConflict(error)) throw error;
    } finally {
      client.off('error', onError);
      // Given an error, the pool destroys the connection instead of keeping it.
      client.release(broken);
    }
    await new Promise((done) => setTimeout(done, Math.random() * 20 * attempt));
  }
}

/**
 * Whether the transaction failed because of a concurrent writer, so that it may succeed when it is run again.
 */
export function isConflict(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code !== undefined && RETRY_STATES.has(error.code);
}
