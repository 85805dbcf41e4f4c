/**
 * The `ndx` program: parses the command line, runs one command, and turns an error into a message and an exit
 * code.
 */
import { Command, CommanderError } from 'commander';
import type { Context } from '../process/context.js';
import { report } from '../process/report.js';
import { EXIT } from '../runtime/error-codes.js';
import { NdxError } from '../runtime/errors.js';
import { COMMANDS } from './registry.js';

/** Builds `ndx` with every command of the registry. Runs nothing. */
export function buildProgram(context: Context): Command {
  const program = new Command('ndx')
    .description("Keeps NORMALDANCE's PostgreSQL tables equal to what happens on chain.")
    .version(context.version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show help');
  for (const build of COMMANDS) program.addCommand(build(context));
  program.addHelpText(
    'after',
    '\nExamples:\n  $ ndx status\n  $ ndx db migrate\n\nExit codes and error codes: docs/errors.md. Settings: docs/settings.md.',
  );
  configure(program, context);
  return program;
}

/** Keeps Commander, in every command, from ending the process and from printing errors itself. */
function configure(command: Command, context: Context): void {
  command.exitOverride();
  command.configureOutput({
    writeOut: (text) => void context.out.stdout.write(text),
    writeErr: (text) => void context.out.stderr.write(text),
    outputError: () => undefined,
  });
  for (const sub of command.commands) configure(sub, context);
}

/**
 * Runs one command line.
 * @returns the exit code (docs/errors.md)
 */
export async function run(args: readonly string[], context: Context): Promise<number> {
  try {
    await buildProgram(context).parseAsync(args, { from: 'user' });
    return EXIT.ok;
  } catch (error) {
    return error instanceof CommanderError ? reportUsage(error, context) : report(error, context);
  }
}

/** Commander also throws when it has shown the help or the version. */
function reportUsage(error: CommanderError, context: Context): number {
  if (error.exitCode === 0) return EXIT.ok;
  // The help was shown because a command was missing: print nothing more.
  if (error.code === 'commander.help') return EXIT.usage;
  return report(new NdxError('USAGE', `${error.message.replace(/^error: /, '')} (try --help)`), context);
}
