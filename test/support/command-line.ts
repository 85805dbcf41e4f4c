/**
 * Parses command lines of documents and deployment files with the real program, without running what they ask
 * for.
 */
import { PassThrough } from 'node:stream';
import { type Command, CommanderError } from 'commander';
import { buildProgram } from '../../src/cli/program.js';
import { createContext } from '../../src/process/context.js';

/** A fresh program whose actions do nothing; its output goes nowhere. */
export function inertProgram(): Command {
  const program = buildProgram(
    createContext({ environment: {}, stdout: new PassThrough(), stderr: new PassThrough() }),
  );
  for (const leaf of leaves(program)) leaf.action(() => undefined);
  return program;
}

/** Commands that have no subcommands. */
export function leaves(command: Command): Command[] {
  return command.commands.length === 0 ? [command] : command.commands.flatMap(leaves);
}

/** `db migrate` of the command in `ndx db migrate`. */
export function pathOf(command: Command): string {
  const names: string[] = [];
  for (let at: Command | null = command; at?.parent; at = at.parent) names.unshift(at.name());
  return names.join(' ');
}

/** @returns why the program refuses these arguments; undefined when it takes them. */
export async function refusal(args: readonly string[]): Promise<string | undefined> {
  try {
    await inertProgram().parseAsync(args, { from: 'user' });
    return undefined;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? undefined : error.message;
    throw error;
  }
}

/**
 * Splits a shell line as far as our documents use it: words, quotes, leading NAME=value. Redirections and
 * pipes end it.
 */
export function splitLine(line: string): {
  readonly environment: Readonly<Record<string, string>>;
  readonly words: readonly string[];
} {
  const all = [...line.matchAll(/(?:[^\s"']+|"[^"]*"|'[^']*')+/g)].map(([word]) => word.replace(/["']/g, ''));
  const end = all.findIndex((word) => /^([|;]|&&|\d?>.*|<.*|#.*)$/.test(word));
  const words = end === -1 ? all : all.slice(0, end);
  const environment: Record<string, string> = {};
  for (
    let match = /^([A-Z][A-Z0-9_]*)=(.*)$/.exec(words[0] ?? '');
    match;
    match = /^([A-Z][A-Z0-9_]*)=(.*)$/.exec(words[0] ?? '')
  ) {
    environment[match[1] ?? ''] = match[2] ?? '';
    words.shift();
  }
  return { environment, words };
}
