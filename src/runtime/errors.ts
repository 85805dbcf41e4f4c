/**
 * The one error of this project: a code that never changes its meaning, a message that says what to do, and
 * whether trying again can help. Codes stand in docs/errors.md with the exit code each leads to.
 */
import { ERROR_CODES, type ErrorCode, EXIT } from './error-codes.js';

export class NdxError extends Error {
  readonly code: ErrorCode;
  /** True when the same call may succeed later without anybody changing anything. */
  readonly retryable: boolean;

  constructor(
    code: ErrorCode,
    message: string,
    options: { readonly retryable?: boolean; readonly cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'NdxError';
    this.code = code;
    this.retryable = options.retryable ?? false;
  }
}

/** Exit code of a process that ends with this error; errors that are not ours count as `INTERNAL`. */
export function exitCodeOf(error: unknown): number {
  return error instanceof NdxError ? ERROR_CODES[error.code] : EXIT.internal;
}

export function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0)
    return error.errors.map(messageOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}
