/**
 * The data folder (`NDX_DATA_DIR`): made and tried before anything stands on it, so that a wrong one is told
 * by its name.
 */
import { accessSync, constants, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { messageOf, NdxError } from '../runtime/errors.js';

/**
 * Makes the folder, with those above it, where it is missing.
 * @param path absolute
 * @throws NdxError CONFIG_INVALID naming NDX_DATA_DIR when it cannot be made or written to
 */
export function ensureDataFolder(path: string): void {
  try {
    makeFolder(path);
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new NdxError(
      'CONFIG_INVALID',
      `NDX_DATA_DIR: the folder ${path} cannot be used: ${messageOf(error)}`,
      { cause: error },
    );
  }
}

/**
 * Step by step: Node's own recursive mkdir never ends where a folder cannot be made below one that exists
 * (below /proc).
 */
function makeFolder(path: string): void {
  const there = statSync(path, { throwIfNoEntry: false });
  if (there?.isDirectory()) return;
  if (there) throw new Error('it is a file');
  if (dirname(path) !== path) makeFolder(dirname(path));
  mkdirSync(path);
}
