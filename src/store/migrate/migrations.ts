/**
 * `ndx db migrate`: applies the migrations that the database lacks. Running it again changes nothing, and
 * several processes may run it at once.
 */
import pg from 'pg';
import { messageOf, NdxError } from '../../runtime/errors.js';
import { type PrismaFiles, readPrismaFiles } from './prisma-files.js';
import { withSchemaEngine } from './schema-engine.js';

/**
 * Key of the advisory lock of the process that migrates; the others wait for it and then find nothing to do.
 */
const LOCK_KEY = 4_846_102;
const NO_FILTERS = { externalTables: [], externalEnums: [] };

export interface MigrationResult {
  /** Names of the migrations applied by this call. */
  readonly applied: readonly string[];
}

/**
 * Applies the migrations that the database lacks.
 * @param prismaDirectory the project's `prisma/` folder
 * @throws NdxError DATABASE_UNREACHABLE (retryable) when no connection can be made
 * @throws Error of the schema engine when a migration fails
 */
export async function migrate(databaseUrl: string, prismaDirectory: string): Promise<MigrationResult> {
  const lock = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 10_000 });
  // A connection that breaks while the engine works is told by the next query. Without a listener it would
  // end the process.
  lock.on('error', () => undefined);
  try {
    await lock.connect();
  } catch (error) {
    throw new NdxError(
      'DATABASE_UNREACHABLE',
      `cannot connect to the database in DATABASE_URL: ${messageOf(error)}`,
      {
        retryable: true,
        cause: error,
      },
    );
  }
  try {
    await lock.query('SELECT pg_advisory_lock($1)', [LOCK_KEY]);
    const files = readPrismaFiles(prismaDirectory);
    const { appliedMigrationNames } = await withSchemaEngine(databaseUrl, files.schema, (engine) =>
      engine.applyMigrations({ migrationsList: files.migrations, filters: NO_FILTERS }),
    );
    return { applied: appliedMigrationNames };
  } finally {
    await lock.end();
  }
}

type SchemaFiles = PrismaFiles['schema'];

/**
 * The SQL that turns the schema `from` into the schema `to`; an empty `from` is an empty database. The engine
 * wants a connection even for this, but reads nothing there.
 */
export async function schemaDiff(databaseUrl: string, from: SchemaFiles, to: SchemaFiles): Promise<string> {
  const target = (files: SchemaFiles) =>
    files.length === 0
      ? ({ tag: 'empty' } as const)
      : ({ tag: 'schemaDatamodel', files: files.map(([path, content]) => ({ path, content })) } as const);
  const result = await withSchemaEngine(databaseUrl, to, (engine) =>
    engine.diff({ from: target(from), to: target(to), script: true, exitCode: null, filters: NO_FILTERS }),
  );
  return result.stdout ?? '';
}
