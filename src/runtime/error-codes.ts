/** The error codes, and the exit code that each leads to: docs/errors.md. */
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

/** Every error code, and the exit code of a process that ends with it. */
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
  SOURCES_DISAGREE: EXIT.unavailable,
  TRANSACTION_VERSION_UNSUPPORTED: EXIT.failed,
  TRANSACTION_NOT_FOUND: EXIT.failed,
  JOB_INVALID: EXIT.internal,
  LEASE_LOST: EXIT.unavailable,
  STUCK: EXIT.unavailable,
  REPLAY_INCOMPLETE: EXIT.failed,
  VERIFY_FAILED: EXIT.failed,
  DEAD_LETTER_NOT_FOUND: EXIT.failed,
  WEBHOOK_NOT_FOUND: EXIT.failed,
  WEBHOOK_NOT_RECEIVED: EXIT.failed,
  DELIVERY_NOT_FOUND: EXIT.failed,
  PORT_IN_USE: EXIT.unavailable,
  OVERLOADED: EXIT.unavailable,
  OUTBOUND_REFUSED: EXIT.data,
  OUTBOUND_REDIRECTED: EXIT.unavailable,
  OUTBOUND_UNREACHABLE: EXIT.unavailable,
  OUTBOUND_TIMEOUT: EXIT.unavailable,
  OUTBOUND_TOO_LARGE: EXIT.unavailable,
  OUTBOUND_BAD_RESPONSE: EXIT.unavailable,
  INTERRUPTED: EXIT.interrupted,
  INTERNAL: EXIT.internal,
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;
