/** Shell completion: a script for bash, zsh or fish that knows the program's commands and options. */
import type { Command } from 'commander';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

interface Words {
  /** Names of the commands up to here, without the program's name. */
  readonly path: readonly string[];
  /** What may come next: names of commands, and long options. */
  readonly words: readonly string[];
}

/** @returns the text of the script; docs/operating.md says how to load it into the shell */
export function completionScript(program: Command, shell: Shell): string {
  const all = wordsOf(program, []);
  return shell === 'fish' ? fish(program.name(), all) : bash(program.name(), all, shell === 'zsh');
}

function wordsOf(command: Command, path: readonly string[]): Words[] {
  const options = command.options.flatMap(({ long, hidden }) => (long && !hidden ? [long] : []));
  const words = [...command.commands.map((sub) => sub.name()), ...options, '--help'];
  return [{ path, words }, ...command.commands.flatMap((sub) => wordsOf(sub, [...path, sub.name()]))];
}

/** zsh can run bash's completion functions after `bashcompinit` is loaded. */
function bash(name: string, all: readonly Words[], zsh: boolean): string {
  const cases = all.map(({ path, words }) => `    "${path.join(' ')}") words="${words.join(' ')}" ;;`);
  return `${zsh ? 'autoload -U +X bashcompinit && bashcompinit\n' : ''}_${name}() {
  local path="" words="" word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in -*) break ;; esac
    path="\${path:+$path }$word"
  done
  case "$path" in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _${name} ${name}
`;
}

function fish(name: string, all: readonly Words[]): string {
  const lines = all.flatMap(({ path, words }) => {
    const seen = path.map((word) => `__fish_seen_subcommand_from ${word}`);
    const condition = path.length === 0 ? '__fish_use_subcommand' : seen.join('; and ');
    return words.map((word) => {
      const what = word.startsWith('--') ? `-l ${word.slice(2)}` : `-a ${word}`;
      return `complete -c ${name} -n '${condition}' ${what}`;
    });
  });
  return `${lines.join('\n')}\n`;
}
