/**
 * Documents cannot rot: every command, script, variable, link and error code in them is held against the
 * program.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { loadEnv } from '../../config/env.js';
import { VARIABLES } from '../../config/variables.js';
import { run } from '../../src/cli/program.js';
import { createContext } from '../../src/process/context.js';
import { ERROR_CODES, EXIT } from '../../src/runtime/error-codes.js';
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
    // Blocks of code are no prose: those of CONTRIBUTING.md make commands of their own.
    [
      ...read(file)
        .replace(/^```[\s\S]*?^```$/gm, '')
        .matchAll(/`(ndx|npm run) ([a-z][^`]*)`/g),
    ].map((match) => [file, match[1], match[2] ?? ''] as const),
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
  test('is read in five minutes', () => {
    expect(read('README.md').trimEnd().split('\n').length).toBeLessThanOrEqual(150);
  });

  /** The command of a line without its own values: `ndx replay`, `ndx dead list`, `npm start`, `curl`. */
  const commandOf = (line: string) => {
    const [program = '', ...args] = splitLine(line).words;
    if (program !== 'ndx') return program === 'npm' ? `npm ${args[0]}` : program;
    return `ndx ${commands.filter((path) => `${args.join(' ')} `.startsWith(`${path} `)).at(-1)}`;
  };
  const ofReadme = shellLines.flatMap(([file, line]) => (file === 'README.md' ? [commandOf(line)] : []));

  test('every command in it is run by a test or by CI', () => {
    expect(new Set(ofReadme)).toEqual(new Set(Object.keys(RUN_BY)));
    for (const [command, [file, words]] of Object.entries(RUN_BY))
      expect(read(file), `${command} is run by ${file}`).toContain(words);
  });
});

/** Command of README.md → the file that runs it, and the words by which it does. */
const RUN_BY: Readonly<Record<string, readonly [file: string, words: string]>> = {
  'npm start': ['test/support/daemon.ts', "[MAIN, 'up']"],
  'npm test': ['.ci/run', 'npm test'],
  curl: ['test/e2e/daemon.test.ts', '/v1/transactions'],
  export: ['test/contract/documents.test.ts', 'expectVariable(name, value)'],
  'ndx db migrate': ['test/integration/cli.test.ts', "ndx(['db', 'migrate'], environment)"],
  'ndx up': ['test/integration/up.test.ts', "ndxProcess(['up'], {"],
  'ndx listen': ['test/integration/watchdogs.test.ts', "['listen', '--chain', 'solana']"],
  'ndx work': ['test/integration/watchdogs.test.ts', "['work', '--chain', 'solana']"],
  'ndx serve': ['test/faults/fleet.ts', "['serve']"],
  docker: ['test/contract/deployment.test.ts', "read('docker-compose.yml')"],
  'ndx doctor': ['test/integration/doctor.test.ts', "ndx(['doctor', '--json']"],
  'ndx status': ['test/integration/cli.test.ts', "ndx(['status'], environment)"],
  'ndx gaps': ['test/integration/verify-cli.test.ts', "ndx('gaps')"],
  'ndx verify': ['test/e2e/daemon.test.ts', "ndx(['verify', '--chain', 'solana'"],
  'ndx replay': ['test/integration/cli-replay.test.ts', "ndx(['replay', '--chain', 'solana'"],
  'ndx dead list': ['test/integration/dead-letters.test.ts', "'list'"],
};

describe('docs/architecture.md', () => {
  const steps = [...read('docs/architecture.md').matchAll(/^\| .* \| `(\S+\.ts)` \| (.*) \|$/gm)];
  const named = steps.flatMap(([, file = '', functions = '']) =>
    [...functions.matchAll(/`([^`]+)`/g)].map(([, name = '']) => [file, name] as const),
  );

  test('names the steps of a block', () => {
    expect(named.length).toBeGreaterThan(20);
    expect(named).toHaveLength(steps.length);
  });

  test.each(named)('%s has the function %s', (file, name) => {
    expect(read(file)).toMatch(
      new RegExp(`\\b(function\\*? ${name}\\b|(const )?${name}(:.*)? = (async )?(function|\\())`),
    );
  });
});

describe('docs/settings.md', () => {
  test('lists exactly the variables that the program reads', () => {
    const rows = [...read('docs/settings.md').matchAll(/^\| `([A-Z0-9_]+)` \| (.*) \|$/gm)];
    const expected = Object.entries(VARIABLES).map(([name, { schema, about }]) => {
      const initial = schema.safeParse(undefined).data;
      return [name, initial === undefined ? about : `${about} Default \`${initial}\`.`];
    });
    expect(
      rows.map(([, name, about]) => [name, about]),
      'npm run docs writes the table anew',
    ).toEqual(expected);
  });
});

describe('docs/performance.md', () => {
  test('shows the goals as they were measured last', () => {
    const goals = (document: string) => read(document).match(/^\| bench \| goal .*\n(\|.*\n)+/m)?.[0];
    expect(goals('docs/performance.md'), 'npm run docs writes the table anew').toBe(
      goals('docs/performance/results.md'),
    );
  });
});

describe('docs/adr', () => {
  const pages = readdirSync(join(ROOT, 'docs/adr')).filter((name) => name !== 'README.md');

  test('numbers have no holes, and a page begins with its own', () => {
    const numbers = pages.map((name) => Number(/^(\d{4})-[a-z0-9-]+\.md$/.exec(name)?.[1]));
    expect(numbers).toEqual(pages.map((_, index) => index + 1));
    for (const [index, name] of pages.entries())
      expect(read(`docs/adr/${name}`)).toMatch(new RegExp(`^# ${index + 1}\\. .+\n\nStatus: `));
  });

  test('the index lists every page by its title', () => {
    const listed = [...read('docs/adr/README.md').matchAll(/^(\d+)\. \[(.+)\]\((.+)\)$/gm)];
    const expected = pages.map((name) => [read(`docs/adr/${name}`).split('\n')[0]?.slice(2), name]);
    expect(listed.map(([, number, title, name]) => [`${number}. ${title}`, name])).toEqual(expected);
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
