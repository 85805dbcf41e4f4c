/** `ndx db migrate`: applies the missing migrations to the database. */
import { Command } from 'commander';
import type { Context } from '../../process/context.js';
import type { DatabaseAddress } from '../../process/database-address.js';
import { withExamples } from '../help.js';

export function dbCommand(context: Context): Command {
  const migrate = new Command('migrate')
    .description('apply the migrations that the database lacks (DATABASE_URL, or the embedded database)')
    .option('--json', 'print {"database", "applied": […]}')
    .action(async (options: { json?: true }) => {
      // The schema engine is large, so no other command loads it.
      const store = await import('../../store/migrate/migrations.js');
      const run = async (database: DatabaseAddress): Promise<void> => {
        const { applied } = await store.migrate(database.url, context.paths.prisma);
        const name = database.embedded ? 'embedded' : 'DATABASE_URL';
        if (options.json) context.out.json({ database: name, applied });
        else if (applied.length === 0)
          context.out.print(`Nothing to do: the ${name} database has every migration.`);
        else context.out.print(`Applied to the ${name} database: ${applied.join(', ')}`);
      };
      await context.withDatabase(run, { create: true });
    });
  withExamples(migrate, ['ndx db migrate', 'DATABASE_URL=postgresql://ndx@db/ndx ndx db migrate --json']);
  const db = new Command('db').description('look after the database').addCommand(migrate);
  return withExamples(db, ['ndx db migrate']);
}
