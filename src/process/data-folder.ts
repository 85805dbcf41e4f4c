/**
 * The data folder (`NDX_DATA_DIR`): made and checked before anything uses it, so that the error names the
 * setting.
 */
import { accessSync, constants, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { messageOf, NdxError } from '../runtime/errors.js';

/**
 * Makes the folder and its parents where they are missing.
 * @param path absolute
 * @throws NdxError CONFIG_INVALID, naming NDX_DATA_DIR, when the folder cannot be made, read or written
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
 * Makes one folder after the other. Node's recursive mkdir never returns when a folder cannot be made below
 * one that exists (for example below /proc).
 */
function makeFolder(path: string): void {
  const there = statSync(path, { throwIfNoEntry: false });
  if (there?.isDirectory()) return;
  if (there) throw new Error('it is a file');
  if (dirname(path) !== path) makeFolder(dirname(path));
  mkdirSync(path);
}
