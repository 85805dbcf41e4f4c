/**
 * Tells a database that cannot do its work for now (unreachable, full, read-only) apart from our own
 * mistakes: by SQLSTATE, by the socket's error code, and by Prisma's.
 */

const SOCKET_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'EPIPE',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);
/**
 * SQLSTATE read_only_sql_transaction: a standby, a demoted server, or one that its administrator has set to
 * read-only.
 */
const READ_ONLY = '25006';
/** SQLSTATEs disk_full, out_of_memory and configuration_limit_exceeded. */
const FULL = new Set(['53100', '53200', '53400']);
/** SQLSTATEs too_many_connections, admin_shutdown, crash_shutdown and cannot_connect_now. */
const AWAY = new Set(['53300', '57P01', '57P02', '57P03']);
/** Messages of those errors of pg that have no code. */
const POOL_MESSAGES =
  /connection terminated|timeout exceeded when trying to connect|client has encountered a connection error|pool after calling end/i;
/** Prisma's codes for the same: server unreachable, timed out, connection closed, no free connection. */
const PRISMA_UNREACHABLE = new Set(['P1001', 'P1002', 'P1008', 'P1017', 'P2024', 'P2037']);

/**
 * Whether an error of pg or Prisma says that the server cannot be reached, refuses us, has no room, or takes
 * no writes for now. Do not keep the connection that it came by: after a failover it may still lead to the
 * demoted server.
 */
export function isUnreachable(error: unknown): error is Error {
  return unreachableBecause(error) !== null;
}

/**
 * @returns what the database cannot do, in words to put before the error's message; null when the error is of
 * another kind
 */
export function unreachableBecause(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  if (error instanceof AggregateError)
    return error.errors.map(unreachableBecause).find((reason) => reason !== null) ?? null;
  const code = stateOf(error);
  if (code === READ_ONLY) return 'the database takes no writes (it is read-only, or a standby)';
  if (FULL.has(code)) return 'the database has no room (disk or memory)';
  const away = SOCKET_CODES.has(code) || AWAY.has(code) || PRISMA_UNREACHABLE.has(code);
  // SQLSTATE classes 08 (connection exception), 28 (invalid authorization) and 3D (no such database).
  return away || /^(08|28|3D)/.test(code) || POOL_MESSAGES.test(error.message)
    ? 'the database went away'
    : null;
}

/**
 * The server's SQLSTATE where there is one, also inside of an error of Prisma; else the socket's or Prisma's
 * code.
 */
function stateOf(error: Error): string {
  const below = Reflect.get(Object(Reflect.get(error, 'meta')), 'driverAdapterError');
  const server = Reflect.get(Object(Reflect.get(Object(below), 'cause')), 'originalCode');
  if (typeof server === 'string') return server;
  return 'code' in error && typeof error.code === 'string' ? error.code : '';
}
