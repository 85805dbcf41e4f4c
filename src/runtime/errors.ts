/**
 * The one error of this project: a code that never changes its meaning, a message that says what to do, and
 * whether trying again can help. Codes stand in docs/errors.md with the exit code each leads to.
 */

/** Exit codes, after sysexits.h where it has one. */
export const EXIT = {
  ok: 0,
  /** Something did not hold or did not complete: see the message. */
  failed: 1,
  /** Wrong use of the command line. */
  usage: 64,
  /** Input data that cannot be read. */
  data: 65,
  /** A service that is needed cannot be reached or refuses us. */
  unavailable: 69,
  /** Our own mistake: please report it. */
  internal: 70,
  /** The configuration is wrong. */
  config: 78,
  /** Interrupted by SIGINT. */
  interrupted: 130,
} as const;

/** Every code, and the exit code of a process that ends by it. */
export const ERROR_CODES = {
  USAGE: EXIT.usage,
  INPUT_INVALID: EXIT.data,
  CONFIG_INVALID: EXIT.config,
  CONFIG_MISMATCH: EXIT.config,
  DATABASE_UNREACHABLE: EXIT.unavailable,
  DATABASE_NOT_MIGRATED: EXIT.config,
  DATABASE_EMBEDDED_FAILED: EXIT.unavailable,
  DATABASE_ABSENT: EXIT.unavailable,
  DATABASE_DAMAGED: EXIT.failed,
  QUEUE_UNREACHABLE: EXIT.unavailable,
  ARCHIVE_UNREACHABLE: EXIT.unavailable,
  RPC_UNREACHABLE: EXIT.unavailable,
  RPC_TIMEOUT: EXIT.unavailable,
  RPC_RATE_LIMITED: EXIT.unavailable,
  RPC_UNAUTHORIZED: EXIT.config,
  RPC_BAD_RESPONSE: EXIT.unavailable,
  RPC_ERROR: EXIT.unavailable,
  RPC_WRONG_CHAIN: EXIT.config,
  BLOCK_UNAVAILABLE: EXIT.unavailable,
  TRANSACTION_VERSION_UNSUPPORTED: EXIT.failed,
  TRANSACTION_NOT_FOUND: EXIT.failed,
  JOB_INVALID: EXIT.internal,
  LEASE_LOST: EXIT.unavailable,
  STUCK: EXIT.unavailable,
  REPLAY_INCOMPLETE: EXIT.failed,
  VERIFY_FAILED: EXIT.failed,
  DEAD_LETTER_NOT_FOUND: EXIT.failed,
  PORT_IN_USE: EXIT.unavailable,
  OVERLOADED: EXIT.unavailable,
  INTERRUPTED: EXIT.interrupted,
  INTERNAL: EXIT.internal,
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

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
