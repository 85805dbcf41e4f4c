/** Prisma's schema and migrations, in the shape that its schema engine takes. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MigrationList } from '@prisma/schema-engine-wasm';

export interface PrismaFiles {
  /** [path, text] of every .prisma file */
  readonly schema: readonly (readonly [string, string])[];
  readonly migrations: MigrationList;
}

/** Reads the schema and the migrations from the project's `prisma/` folder. */
export function readPrismaFiles(directory: string): PrismaFiles {
  const schema = readdirSync(directory)
    .filter((name) => name.endsWith('.prisma'))
    .sort()
    .map((name) => [join(directory, name), readFileSync(join(directory, name), 'utf8')] as const);
  const folder = join(directory, 'migrations');
  const migrationDirectories = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort()
    .map((name) => ({
      path: name,
      migrationFile: {
        path: 'migration.sql',
        content: { tag: 'ok' as const, value: readFileSync(join(folder, name, 'migration.sql'), 'utf8') },
      },
    }));
  const lockfile = {
    path: 'migration_lock.toml',
    content: readFileSync(join(folder, 'migration_lock.toml'), 'utf8'),
  };
  return { schema, migrations: { baseDir: folder, lockfile, migrationDirectories, shadowDbInitScript: '' } };
}
