/** `ndx completion`: a script that makes the shell complete commands and options. */
import { Argument, Command } from 'commander';
import type { Context } from '../../process/context.js';
import { withExamples } from '../help.js';
import { completionScript, SHELLS, type Shell } from './script.js';

export function completionCommand(context: Context): Command {
  const command = new Command('completion')
    .description('print a script that completes commands and options in your shell')
    .addArgument(new Argument('<shell>', 'your shell').choices(SHELLS))
    .action((shell: Shell) => {
      const program = command.parent ?? command;
      context.out.print(completionScript(program, shell).trimEnd());
    });
  return withExamples(command, ['ndx completion bash', 'ndx completion zsh', 'ndx completion fish']);
}
