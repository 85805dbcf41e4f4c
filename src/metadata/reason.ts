/** Why a document could not be had, as it is stored. */
import { messageOf, NdxError } from '../runtime/errors.js';

/** Text that PostgreSQL takes: without NUL and without half characters. */
export function reasonOf(error: unknown): string {
  const text = error instanceof NdxError ? `${error.code}: ${error.message}` : messageOf(error);
  return text.replaceAll('\0', '').toWellFormed();
}
