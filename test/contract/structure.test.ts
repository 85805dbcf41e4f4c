/**
 * The tree stays one that a newcomer reads: small files, small folders, and CONTRIBUTING.md names every one
 * of them.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';

const ROOT = new URL('../../', import.meta.url).pathname;
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');
const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: ROOT,
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) => file !== '' && existsSync(join(ROOT, file)));
/** What is written by hand and runs in production. */
const sources = files.filter((file) => /^(src|workers|config)\/.*(?<!\.test)\.ts$/.test(file));

describe('src, workers, config', () => {
  const lines = new Map(sources.map((file) => [file, read(file).trimEnd().split('\n').length]));

  test('no file has more than 300 lines', () => {
    expect(lines.size).toBeGreaterThan(300);
    expect([...lines].filter(([, count]) => count > 300)).toEqual([]);
  });

  test('half of the files have at most 70 lines', () => {
    const sorted = [...lines.values()].sort((a, b) => a - b);
    expect(sorted[Math.floor(sorted.length / 2)]).toBeLessThanOrEqual(70);
  });

  test('no folder holds more than 15 files, tests not counted', () => {
    const folders = new Map<string, number>();
    for (const file of sources) folders.set(dirname(file), (folders.get(dirname(file)) ?? 0) + 1);
    expect([...folders].filter(([, count]) => count > 15)).toEqual([]);
  });
});

describe('CONTRIBUTING.md', () => {
  const tree =
    /^## Where things are\n[\s\S]*?^```\n([\s\S]*?)^```$/m.exec(read('CONTRIBUTING.md'))?.[1] ?? '';
  /** `src/` and, by its two blanks, `src/events/`. */
  const named = tree
    .split('\n')
    .flatMap((line) => /^( *)([\w-]+)\/(\s|$)/.exec(line)?.slice(1, 3).join('') ?? [])
    .map((name) => (name.startsWith('  ') ? `src/${name.trim()}` : name));

  test('names every folder of the root, and every room of src/', () => {
    const folders = new Set(
      files.flatMap((file) => /^(src\/[^/]+|(?!src\/)[a-z][^/]*)\//.exec(file)?.[1] ?? []),
    );
    expect(named.filter((name) => name !== 'src').sort()).toEqual([...folders].sort());
  });

  test('names every folder of test/', () => {
    const line = tree.split('\n').find((text) => text.startsWith('test/')) ?? '';
    const folders = new Set(files.flatMap((file) => /^test\/([^/]+)\//.exec(file)?.[1] ?? []));
    expect([...line.matchAll(/ (\w+)\//g)].map(([, name]) => name).sort()).toEqual([...folders].sort());
  });
});
