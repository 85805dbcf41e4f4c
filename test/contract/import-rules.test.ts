/** The import check itself: it must find each kind of breach, else the rules are only words. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';

const { checkImports } = (await import(new URL('../../scripts/check-imports.mjs', import.meta.url).href)) as {
  checkImports(root: string): string[];
};

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function check(files: Record<string, string>): string[] {
  const root = mkdtempSync(join(tmpdir(), 'ndx-imports-'));
  folders.push(root);
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(join(root, dirname(file)), { recursive: true });
    writeFileSync(join(root, file), text);
  }
  return checkImports(root);
}

describe('import rules', () => {
  test.each([
    ['src/events/a.ts', 'src/store/b.ts', 'src/events may import'],
    ['src/decoders/x/a.ts', 'src/chains/x/rpc.ts', 'src/decoders may import'],
    ['src/store/a.ts', 'src/projections/b.ts', 'src/store may import'],
    ['src/api/a.ts', 'src/projections/nfts/apply.ts', 'through their queries'],
    ['src/cli/a.ts', 'workers/b.ts', 'workers/ are imported by the commands'],
    ['src/process/a.ts', 'src/cli/b.ts', 'nobody imports src/cli'],
    ['workers/a.ts', 'src/cli/b.ts', 'nobody imports src/cli'],
    ['src/queue/a.ts', 'src/cli/b.ts', 'nobody imports src/cli'],
    ['devnet/a.ts', 'src/chains/b.ts', 'devnet/ imports none of ours'],
    ['src/chains/a.ts', 'devnet/b.ts', 'only workers/ may import devnet/'],
    ['config/a.ts', 'src/store/b.ts', 'config/ knows'],
    ['workers/a.ts', 'test/b.ts', 'code never imports tests'],
  ])('%s may not import %s', (from, to, rule) => {
    const up = '../'.repeat(from.split('/').length - 1);
    const specifier = `${up}${to.replace('.ts', '.js')}`;
    for (const statement of [
      `import type { B } from '${specifier}';`,
      `import {\n  b,\n} from '${specifier}';`,
      `const b = await import('${specifier}');`,
      `const b = await import(\n  '${specifier}',\n);`,
      `const b = await import(new URL('${specifier}', import.meta.url).href);`,
    ])
      expect(check({ [from]: statement, [to]: 'export const b = 1;\n' }).join('\n'), statement).toContain(
        rule,
      );
  });

  test.each([
    ['src/api/a.ts', 'bullmq', 'BullMQ only'],
    ['src/listener/a.ts', '@solana/web3.js', 'chain SDKs only'],
    ['src/queue/a.ts', 'pg', 'Prisma and pg only'],
    ['workers/a.ts', 'fastify', 'Fastify only'],
  ])('%s may not import the package %s', (from, name, rule) => {
    expect(check({ [from]: `import x from '${name}';\n` }).join('\n')).toContain(rule);
  });

  test('lets a command import a worker when it runs, and not before', () => {
    const worker = { 'workers/b.ts': 'export const b = 1;\n' };
    const path = '../../../workers/b.js';
    const lazily = `const b = await import('${path}');\n`;
    expect(check({ ...worker, 'src/cli/commands/a.ts': lazily })).toEqual([]);
    for (const statement of [
      `import { b } from '${path}';\n`,
      `const b = new URL('${path}', import.meta.url);\n`,
    ])
      expect(check({ ...worker, 'src/cli/commands/a.ts': statement })[0]).toContain('only when these run');
  });

  test('refuses names that are computed: what they import cannot be checked', () => {
    for (const statement of [
      `await ${'import'}(name);\n`,
      `await ${'import'}(\`./\${name}.js\`);\n`,
      `new ${'URL'}(\`../\${name}.js\`, import.meta.url);\n`,
    ])
      expect(check({ 'src/process/a.ts': statement })[0]).toContain('by a computed name');
  });

  test('finds a cycle that is closed by a dynamic import or a URL', () => {
    const path = './a.js';
    for (const back of [`await import('${path}');\n`, `new URL('${path}', import.meta.url);\n`]) {
      const files = { 'src/store/a.ts': "import './b.js';\n", 'src/store/b.ts': back };
      expect(check(files)).toEqual(['cycle: src/store/a.ts → src/store/b.ts → src/store/a.ts']);
    }
  });

  test('finds cycles and missing files, and lets the rest be', () => {
    const cycle = {
      'src/store/a.ts': "import './b.js';\n",
      'src/store/b.ts': "export { a } from './a.js';\n",
    };
    expect(check(cycle)).toEqual(['cycle: src/store/a.ts → src/store/b.ts → src/store/a.ts']);
    expect(check({ 'src/store/a.ts': "import './gone.js';\n" })[0]).toContain('does not exist');
    expect(
      check({
        'src/decoders/x/a.ts': "import type { T } from '../../chains/x/transaction.js';\n",
        'src/chains/x/transaction.ts': 'export type T = 1;\n',
        'src/queue/a.ts': "import type { Pool } from 'pg';\nimport { Queue } from 'bullmq';\n",
        'src/queue/a.test.ts': "import '../decoders/x/a.js';\nimport 'pg';\n",
      }),
    ).toEqual([]);
  });
});
