/** Helpers that keep `--help` of all commands alike. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { CHAINS } from '../events/event.js';

/** Adds examples to the command's help. Every command has some; a test parses each of them. */
export function withExamples(command: Command, examples: readonly string[]): Command {
  return command.addHelpText(
    'after',
    `\nExamples:\n${examples.map((example) => `  $ ${example}`).join('\n')}`,
  );
}

/** Parser of an option: a whole number from `min` to `max`. */
export function wholeNumber(min: number, max = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < min || value > max) {
      const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
      throw new InvalidArgumentError(`It must be a whole number ${range}.`);
    }
    return value;
  };
}

/** `--chain`, the same in every command that takes one. */
export function chainOption(about: string): Option {
  return new Option('--chain <chain>', about).choices(CHAINS);
}
