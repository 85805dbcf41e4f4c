/**
 * Tells a database that cannot be reached apart from our own mistakes, by SQLSTATE, by the socket's error
 * code and by Prisma's.
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
/** Too many connections, shutting down or starting, read-only or out of disk. */
const SERVER_STATES = new Set(['53300', '53100', '53200', '57P01', '57P02', '57P03']);
/** pg gives these without a code. */
const POOL_MESSAGES =
  /connection terminated|timeout exceeded when trying to connect|client has encountered a connection error|pool after calling end/i;
/** Prisma's names for the same: unreachable, timed out, connection closed, no free connection. */
const PRISMA_UNREACHABLE = new Set(['P1001', 'P1002', 'P1008', 'P1017', 'P2024', 'P2037']);

/**
 * Whether the error, as `pg` or Prisma throws it, says that the server cannot be reached or refuses us for
 * now.
 */
export function isUnreachable(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  if (error instanceof AggregateError) return error.errors.some(isUnreachable);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const said = SOCKET_CODES.has(code) || SERVER_STATES.has(code) || PRISMA_UNREACHABLE.has(code);
  return said || /^(08|28|3D)/.test(code) || POOL_MESSAGES.test(error.message);
}
