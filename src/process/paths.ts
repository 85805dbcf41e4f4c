/** Where the project's own files are. Works from src/ (tests) and from dist/. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Paths {
  readonly root: string;
  /** Schema and migrations. */
  readonly prisma: string;
  /** Folder of the network files that are known by name. */
  readonly networks: string;
}

/**
 * Finds the project's root, the nearest folder above this file that has a package.json.
 * @throws Error when there is none
 */
export function projectPaths(): Paths {
  let root = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(root, 'package.json'))) {
    if (root === dirname(root)) throw new Error(`no package.json above ${fileURLToPath(import.meta.url)}`);
    root = dirname(root);
  }
  return { root, prisma: join(root, 'prisma'), networks: join(root, 'config', 'networks') };
}

/** Of package.json. */
export function projectVersion(paths: Paths): string {
  const { version } = JSON.parse(readFileSync(join(paths.root, 'package.json'), 'utf8')) as {
    version: string;
  };
  return version;
}
