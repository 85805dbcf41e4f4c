/** `ndx db`: applies the missing migrations, and prints the rights of the two roles. */
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
  const rights = new Command('rights')
    .description(
      'print SQL that gives two roles the rights of docs/ownership.md: run it as the owner of the tables',
    )
    .requiredOption('--indexer <role>', 'role that the indexer connects with')
    .requiredOption('--platform <role>', "role that the platform's application connects with")
    .action(async (roles: { readonly indexer: string; readonly platform: string }) => {
      const { rightsOf } = await import('../../identity/column-owners.js');
      context.out.print(rightsOf(roles).trimEnd());
    });
  withExamples(rights, ['ndx db rights --indexer ndx --platform app']);
  const db = new Command('db').description('look after the database').addCommand(migrate).addCommand(rights);
  return withExamples(db, ['ndx db migrate', 'ndx db rights --indexer ndx --platform app']);
}
