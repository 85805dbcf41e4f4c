/** The `ndx` program: parses the command line, runs one command, and turns what went wrong into a message and an exit code. */
import { Command, CommanderError } from 'commander';
import type { Context } from '../process/context.js';
import { EXIT, exitCodeOf, messageOf, NdxError } from '../runtime/errors.js';
import { redactText } from '../runtime/redact.js';
import { isUnreachable } from '../store/unreachable.js';
import { COMMANDS } from './registry.js';

export function buildProgram(context: Context): Command {
  const program = new Command('ndx')
    .description("Keeps NORMALDANCE's PostgreSQL tables equal to what happens on chain.")
    .version(context.version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show help');
  for (const build of COMMANDS) program.addCommand(build(context));
  program.addHelpText(
    'after',
    '\nExamples:\n  $ ndx status\n  $ ndx db migrate\n\nExit codes and error codes: docs/errors.md. Configuration: README.md.',
  );
  configure(program, context);
  return program;
}

/** Commander leaves the process alone and says nothing of its own about errors, in every command. */
function configure(command: Command, context: Context): void {
  command.exitOverride();
  command.configureOutput({
    writeOut: (text) => void context.out.stdout.write(text),
    writeErr: (text) => void context.out.stderr.write(text),
    outputError: () => undefined,
  });
  for (const sub of command.commands) configure(sub, context);
}

/** @returns the exit code: docs/errors.md. */
export async function run(args: readonly string[], context: Context): Promise<number> {
  try {
    await buildProgram(context).parseAsync(args, { from: 'user' });
    return EXIT.ok;
  } catch (error) {
    return report(error, context);
  }
}

/** Says what went wrong, with its code. @returns the exit code: docs/errors.md. */
export function report(error: unknown, context: Pick<Context, 'out'>): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return EXIT.ok;
    // Help that was shown because a command was missing: it has said enough.
    if (error.code === 'commander.help') return EXIT.usage;
    return report(new NdxError('USAGE', `${error.message.replace(/^error: /, '')} (try --help)`), context);
  }
  if (!(error instanceof NdxError) && isUnreachable(error)) {
    const message = `the database went away: ${messageOf(error)}`;
    return report(new NdxError('DATABASE_UNREACHABLE', message, { retryable: true, cause: error }), context);
  }
  const code = error instanceof NdxError ? error.code : 'INTERNAL';
  context.out.note(`ndx: ${redactText(messageOf(error)).replace(/\n+/g, ' ')} [${code}]`);
  // Not one of our errors, so a mistake of ours: where it happened is what a report needs.
  if (!(error instanceof NdxError) && error instanceof Error && error.stack)
    context.out.note(redactText(error.stack));
  return exitCodeOf(error);
}
