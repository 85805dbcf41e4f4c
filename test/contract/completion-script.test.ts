/** The completion script, as bash runs it. */
import { execFileSync } from 'node:child_process';
import { Command, Option } from 'commander';
import { describe, expect, test } from 'vitest';
import { completionScript } from '../../src/cli/completion/script.js';

const program = new Command('ndx')
  .addCommand(new Command('status').option('--json').addOption(new Option('--secret').hideHelp()))
  .addCommand(new Command('dead').addCommand(new Command('list').option('--chain <chain>')));

/** What bash would offer for the words so far, the last of which is being typed. */
function offered(...words: string[]): string[] {
  const typed = ['ndx', ...words].map((word) => `'${word}'`).join(' ');
  const script = `${completionScript(program, 'bash')}
COMP_WORDS=(${typed}); COMP_CWORD=${words.length}; _ndx; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return execFileSync('bash', ['-c', script], { encoding: 'utf8' }).split('\n').filter(Boolean);
}

describe('completion', () => {
  test('bash offers commands, their commands, and their options', () => {
    expect(offered('st')).toEqual(['status']);
    expect(offered('')).toEqual(['status', 'dead', '--help']);
    expect(offered('dead', 'l')).toEqual(['list']);
    expect(offered('dead', 'list', '--ch')).toEqual(['--chain']);
    expect(offered('status', '--')).toEqual(['--json', '--help']);
  });

  test('zsh loads what bash has, fish names each word', () => {
    expect(completionScript(program, 'zsh')).toContain('bashcompinit');
    const fish = completionScript(program, 'fish').split('\n');
    expect(fish).toContain("complete -c ndx -n '__fish_use_subcommand' -a status");
    expect(fish).toContain(
      "complete -c ndx -n '__fish_seen_subcommand_from dead; and __fish_seen_subcommand_from list' -l chain",
    );
  });
});
