/**
 * The one error class of this project: a code whose meaning never changes, a message that says what to do,
 * and whether trying again can help. docs/errors.md lists the codes with their exit codes.
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

/** Exit code of a process that ends with this error. Errors that are not an NdxError count as `INTERNAL`. */
export function exitCodeOf(error: unknown): number {
  return error instanceof NdxError ? ERROR_CODES[error.code] : EXIT.internal;
}

/**
 * The error's message. For an AggregateError, the messages of all its errors, joined by `; `.
 */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0)
    return error.errors.map(messageOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}
