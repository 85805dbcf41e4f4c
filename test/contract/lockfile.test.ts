/**
 * `npm start` on a fresh clone runs `npm ci`, which refuses a lock that is not complete for every platform.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

interface Lock {
  readonly packages: Readonly<
    Record<
      string,
      { readonly dependencies?: Record<string, string>; readonly devDependencies?: Record<string, string> }
    >
  >;
}
const { missingOptionals } = (await import(
  new URL('../../scripts/complete-lock.mjs', import.meta.url).href
)) as {
  missingOptionals(lock: unknown): [path: string, name: string, version: string][];
};
const read = (file: string) =>
  JSON.parse(readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8')) as unknown;

describe('package-lock.json', () => {
  test('holds the optional packages of all platforms', () => {
    const missing = missingOptionals(read('package-lock.json')).map(([, name]) => name);
    expect(missing, 'node scripts/complete-lock.mjs adds them').toEqual([]);
  });

  test('is of the same dependencies as package.json', () => {
    const root = (read('package-lock.json') as Lock).packages[''];
    const manifest = read('package.json') as NonNullable<typeof root>;
    expect([root?.dependencies, root?.devDependencies]).toEqual([
      manifest.dependencies,
      manifest.devDependencies,
    ]);
  });

  test('the check finds what is missing, also below other packages', () => {
    const packages = {
      '': {},
      'node_modules/a': { optionalDependencies: { 'a-linux-x64': '1.0.0', 'a-darwin-arm64': '1.0.0' } },
      'node_modules/a/node_modules/a-linux-x64': {},
    };
    expect(missingOptionals({ packages })).toEqual([['node_modules/a', 'a-darwin-arm64', '1.0.0']]);
  });
});
