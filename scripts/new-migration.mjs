// Writes the migration from the schema of the last commit to the schema as it is now: npm run
// db:new-migration -- NAME (what `prisma migrate dev --create-only` does, without the engine binary that it
// downloads). The drift test then holds the migrated database against the schema.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '../dist/src/store/embedded/postgres.js';
import { schemaDiff } from '../dist/src/store/migrate/migrations.js';
import { readPrismaFiles } from '../dist/src/store/migrate/prisma-files.js';

const name = process.argv[2];
if (!name || !/^[a-z0-9_]+$/.test(name)) {
  process.stderr.write('usage: npm run db:new-migration -- NAME   (lower case, digits, underscores)\n');
  process.exit(64);
}
const git = (...args) => execFileSync('git', args, { encoding: 'utf8' });
const before = git('ls-tree', '--name-only', 'HEAD', 'prisma/')
  .split('\n')
  .filter((path) => path.endsWith('.prisma'))
  .map((path) => [path, git('show', `HEAD:${path}`)]);
const scratch = mkdtempSync(join(tmpdir(), 'ndx-migration-'));
const database = await startEmbeddedPostgres(scratch);
try {
  const sql = await schemaDiff(database.url, before, readPrismaFiles('prisma').schema);
  if (sql.trim() === '' || sql.includes('This is an empty migration')) {
    process.stdout.write('The schema has not changed since the last commit: nothing to write.\n');
  } else {
    const stamp = new Date().toISOString().replace(/\D/g, '').slice(0, 14);
    const folder = join('prisma', 'migrations', `${stamp}_${name}`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'migration.sql'), sql);
    process.stdout.write(`${folder}/migration.sql\n`);
  }
} finally {
  await database.stop();
  rmSync(scratch, { recursive: true, force: true });
}
