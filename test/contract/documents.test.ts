/** Documents cannot rot: every command, script, variable, link and error code in them is held against the program. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { loadEnv, VARIABLES } from '../../config/env.js';
import { run } from '../../src/cli/program.js';
import { createContext } from '../../src/process/context.js';
import { ERROR_CODES, EXIT } from '../../src/runtime/errors.js';
import { inertProgram, leaves, pathOf, refusal, splitLine } from '../support/command-line.js';

const ROOT = new URL('../../', import.meta.url).pathname;
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');
const DOCUMENTS = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...markdownBelow('docs')];
const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
const commands = leaves(inertProgram()).map(pathOf);

function markdownBelow(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true })
    .map((name) => join(folder, String(name)))
    .filter((name) => name.endsWith('.md'));
}

/** [document, line] of every shell block. */
const shellLines = DOCUMENTS.flatMap((file) =>
  [...read(file).matchAll(/^```sh\n([\s\S]*?)^```/gm)].flatMap((block) =>
    (block[1] ?? '')
      .split('\n')
      .filter((line) => line.trim() !== '' && !line.startsWith('#'))
      .map((line) => [file, line] as const),
  ),
);

describe('shell blocks', () => {
  test('are found', () => {
    expect(shellLines.length).toBeGreaterThan(10);
  });

  test.each(shellLines)('%s: %s', async (_file, line) => {
    const { environment, words } = splitLine(line);
    for (const [name, value] of Object.entries(environment)) expectVariable(name, value);
    const [program, ...args] = words;
    if (program === 'ndx') expect(await refusal(args)).toBeUndefined();
    else if (program === 'npm') expectScript(args);
    else if (program === 'export') {
      const { environment: exported } = splitLine(args.join(' '));
      for (const [name, value] of Object.entries(exported)) expectVariable(name, value);
    } else if (program === 'curl') {
      const { pathname } = new URL(args.find((word) => word.startsWith('http')) ?? '');
      expect(read('docs/api.md')).toContain(`\`${pathname}\``);
    } else expect(line).toMatch(/^docker compose /);
  });
});

function expectVariable(name: string, value: string): void {
  expect(Object.keys(VARIABLES)).toContain(name);
  expect(() => loadEnv({ [name]: value })).not.toThrow();
}

function expectScript(args: readonly string[]): void {
  const [verb = '', name = ''] = args;
  expect(Object.keys(scripts)).toContain(verb === 'run' ? name : verb);
}

describe('prose', () => {
  const mentions = DOCUMENTS.flatMap((file) =>
    [...read(file).matchAll(/`(ndx|npm run) ([a-z][^`]*)`/g)].map(
      (match) => [file, match[1], match[2] ?? ''] as const,
    ),
  );

  test.each(mentions)('%s mentions `%s %s`, which exists', (_file, program, text) => {
    if (program === 'npm run') expectScript(['run', text.split(' ')[0] ?? '']);
    else
      expect(
        commands.some(
          (command) => text === command || text.startsWith(`${command} `) || command.startsWith(`${text} `),
        ),
        text,
      ).toBe(true);
  });

  const links = DOCUMENTS.flatMap((file) =>
    [...read(file).matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map((match) => [file, match[1] ?? ''] as const),
  );

  test.each(links)('%s links to %s, which exists', (file, link) => {
    expect(existsSync(join(ROOT, dirname(file), link))).toBe(true);
  });
});

describe('README.md', () => {
  test('lists exactly the variables that the program reads', () => {
    const listed = [...read('README.md').matchAll(/^\| `([A-Z0-9_]+)` \| (.*) \|$/gm)].map((match) => [
      match[1],
      match[2],
    ]);
    const expected = Object.entries(VARIABLES).map(([name, { schema, about }]) => {
      const initial = schema.safeParse(undefined).data;
      return [name, initial === undefined ? about : `${about} Default \`${initial}\`.`];
    });
    expect(listed, 'npm run docs writes the table anew').toEqual(expected);
  });

  test('shows the goals as they were measured last', () => {
    const goals = (document: string) => read(document).match(/^\| bench \| goal .*\n(\|.*\n)+/m)?.[0];
    expect(goals('README.md'), 'npm run docs writes the table anew').toBe(
      goals('docs/performance/results.md'),
    );
  });
});

describe('docs/errors.md', () => {
  test('lists exactly the error codes with their exit codes', () => {
    const listed = [...read('docs/errors.md').matchAll(/^\| `([A-Z0-9_]+)` \| (\d+) \|/gm)].map((match) => [
      match[1],
      Number(match[2]),
    ]);
    expect(listed).toEqual(Object.entries(ERROR_CODES));
  });

  test('explains every exit code', () => {
    const listed = [...read('docs/errors.md').matchAll(/^\| (\d+) \|/gm)].map((match) => Number(match[1]));
    expect(listed).toEqual(Object.values(EXIT));
  });
});

describe('--help', () => {
  async function help(path: string): Promise<string> {
    const stdout = new PassThrough();
    const args = path === '' ? ['--help'] : [...path.split(' '), '--help'];
    expect(await run(args, createContext({ environment: {}, stdout, stderr: new PassThrough() }))).toBe(0);
    return String(stdout.read());
  }

  test.each(['', ...commands].map((path) => [path]))(
    'ndx %s shows examples, and each of them is right',
    async (path) => {
      const text = await help(path);
      const examples = [...text.matchAll(/^ {2}\$ (.+)$/gm)].map((match) => match[1] ?? '');
      expect(examples.length).toBeGreaterThan(0);
      for (const example of examples) {
        const { environment, words } = splitLine(example);
        for (const [name, value] of Object.entries(environment)) expectVariable(name, value);
        expect(words[0]).toBe('ndx');
        if (path !== '') expect(words.slice(1).join(' ').startsWith(path), example).toBe(true);
        expect(await refusal(words.slice(1)), example).toBeUndefined();
      }
    },
  );
});
