/**
 * The recipes of CONTRIBUTING.md are exact: each is followed, to the letter, in a copy of the tree, and the
 * compiler, the formatter and the import rules are asked about the result; then what was added is run.
 */
import { execFile, execFileSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const ROOT = new URL('../../', import.meta.url).pathname;
const GENERATED = 'src/store/generated';
/** Compiled by `scripts/ready.mjs`: the script that writes migrations uses it. */
const COMPILED = 'dist';

/**
 * A fenced block that names a file: the whole of a new one (`ts`), or lines for one that is there (`diff`).
 */
interface Step {
  readonly recipe: string;
  readonly kind: 'ts' | 'diff';
  readonly file: string;
  readonly text: string;
}

const contributing = readFileSync(join(ROOT, 'CONTRIBUTING.md'), 'utf8');
const steps: Step[] = contributing.split(/^### /m).flatMap((section) =>
  [...section.matchAll(/^```(ts|diff) (\S+)\n([\s\S]*?)^```$/gm)].map(([, kind, file = '', text = '']) => ({
    recipe: section.split('\n')[0] ?? '',
    kind: kind as Step['kind'],
    file,
    text,
  })),
);
const chainRecipe = contributing.split(/^### /m).find((section) => section.startsWith('a chain')) ?? '';

const copies: string[] = [];
afterAll(() => {
  for (const copy of copies) rmSync(copy, { recursive: true, force: true });
});

/** What git would commit of the tree, with its packages and the generated client, in a folder of its own. */
function copyTree(): string {
  const copy = mkdtempSync(join(tmpdir(), 'ndx-recipes-'));
  copies.push(copy);
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  for (const file of listed.split('\n').filter((name) => name !== '' && !name.includes('/fixtures/'))) {
    mkdirSync(join(copy, dirname(file)), { recursive: true });
    // A file that is deleted but not committed is listed, too.
    try {
      copyFileSync(join(ROOT, file), join(copy, file));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  cpSync(join(ROOT, GENERATED), join(copy, GENERATED), { recursive: true });
  for (const folder of ['node_modules', COMPILED]) symlinkSync(join(ROOT, folder), join(copy, folder));
  return copy;
}

/** A migration is written from the schema of the last commit: the copy gets one of what was copied. */
function commit(copy: string): void {
  const git = (...args: string[]) => execFileSync('git', args, { cwd: copy, stdio: 'pipe' });
  git('init', '--quiet');
  git('add', 'prisma');
  git('-c', 'user.name=recipes', '-c', 'user.email=recipes@localhost', 'commit', '--quiet', '-m', 'before');
}

function follow(copy: string, { kind, file, text }: Step): void {
  const path = join(copy, file);
  if (kind === 'ts') {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text, { flag: 'wx' });
    return;
  }
  const lines = readFileSync(path, 'utf8').split('\n');
  let at = -1;
  for (const line of text.trimEnd().split('\n')) {
    const content = line.slice(1);
    if (line.startsWith('+')) lines.splice(++at, 0, content);
    else {
      at = lines.indexOf(content, at + 1);
      expect(at, `${file} has the line ${content}`).toBeGreaterThanOrEqual(0);
      if (line.startsWith('-')) lines.splice(at--, 1);
    }
  }
  writeFileSync(path, lines.join('\n'));
}

/** @returns what the program printed, and whether it ended well */
function run(copy: string, script: string, ...args: string[]): Promise<{ ok: boolean; text: string }> {
  return new Promise((done) =>
    execFile(process.execPath, [script, ...args], { cwd: copy }, (error, stdout, stderr) =>
      done({ ok: error === null, text: `${stdout}${stderr}` }),
    ),
  );
}
const TSC = 'node_modules/typescript/bin/tsc';
const VITEST = 'node_modules/vitest/vitest.mjs';

describe('the recipes of CONTRIBUTING.md', () => {
  const additions = steps.filter(({ recipe }) => recipe !== 'a chain');
  let copy: string;
  beforeAll(() => {
    copy = copyTree();
    commit(copy);
    for (const step of additions) follow(copy, step);
  });

  test('are there for everything that is added often', () => {
    expect(new Set(steps.map(({ recipe }) => recipe))).toEqual(
      new Set([
        ...['a marketplace', 'a decoder', 'a projection', 'a route', 'a command', 'a setting', 'a chain'],
        'a field of an event',
      ]),
    );
  });

  test('a field of an event touches at most three files', () => {
    const touched = steps.filter(({ recipe }) => recipe === 'a field of an event').map(({ file }) => file);
    expect(new Set(touched).size).toBeLessThanOrEqual(3);
  });

  // Compiling takes longer than all the rest, so everything is compiled at once.
  test('compile, but for a chain that is not complete: it fails where its recipe says, and nowhere else', async () => {
    const whole = copyTree();
    for (const step of steps) follow(whole, step);
    const { ok, text } = await run(whole, TSC, '--noEmit', '-p', 'tsconfig.json');
    expect(ok).toBe(false);
    const failing = new Set([...text.matchAll(/^(\S+\.ts)\(\d+,\d+\): error/gm)].map(([, file]) => file));
    const named = [...chainRecipe.matchAll(/^- `(\S+\.ts)`/gm)].map(([, file]) => file);
    expect(named).toHaveLength(1);
    expect([...failing], text).toEqual(named);
  });

  test('keep the import rules', async () => {
    expect(await run(copy, 'scripts/check-imports.mjs')).toMatchObject({ ok: true });
  });

  test('are formatted, and break no rule of lint', async () => {
    const files = additions.map(({ file }) => file).filter((file) => file.endsWith('.ts'));
    const checked = await run(copy, 'node_modules/@biomejs/biome/bin/biome', 'check', ...files);
    expect(checked.text).toContain(`Checked ${new Set(files).size} files`);
    expect(checked.ok, checked.text).toBe(true);
  });

  test('run: the migration is written, the marketplace decodes, the projection keeps the promises, the route answers, jobs carry the field', async () => {
    const name = contributing.match(/^npm run db:new-migration -- (\w+)$/m)?.[1];
    const written = await run(copy, 'scripts/new-migration.mjs', name ?? 'the recipe names no migration');
    expect(written.text).toMatch(/^prisma\/migrations\/\d+_add_sold\/migration\.sql\n$/);
    // The contract of every projection, with few of its random histories: they have to be quick here.
    const contract = join(copy, 'test/contract/projections.test.ts');
    const text = readFileSync(contract, 'utf8');
    const quick = text.replaceAll(/numRuns: \d+/g, 'numRuns: 2');
    expect(quick).not.toBe(text);
    writeFileSync(contract, quick);
    const files = additions
      .filter(({ kind, file }) => kind === 'ts' && file.endsWith('.test.ts'))
      .map(({ file }) => file);
    expect(files).toHaveLength(2);
    const ran = await run(
      copy,
      VITEST,
      'run',
      '--maxWorkers',
      '1',
      'test/contract/projections.test.ts',
      // Hold the new field: jobs carry it, and events without it keep their digests.
      'src/queue/codec.test.ts',
      'src/store/ledger/digest.test.ts',
      ...files,
    );
    expect(ran.ok, ran.text).toBe(true);
    expect(ran.text).toMatch(/Test Files .*5 passed/);
  });

  test('run: the command is there and does what it says', async () => {
    const hello = await run(copy, '--import', 'tsx', 'src/cli/main.ts', 'hello');
    expect(hello).toMatchObject({ ok: true, text: expect.stringMatching(/^hello from .*\.ndx\n$/) });
  });
});
