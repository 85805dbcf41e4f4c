/**
 * Tells a database that cannot do its work for now apart from our own mistakes, by SQLSTATE, by the socket's
 * error code and by Prisma's.
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
/** A standby, a server that was demoted, or one that its administrator has set to read-only. */
const READ_ONLY = '25006';
/** Out of disk, out of memory, a limit of the configuration. */
const FULL = new Set(['53100', '53200', '53400']);
/** Too many connections; shutting down, crashing, starting. */
const AWAY = new Set(['53300', '57P01', '57P02', '57P03']);
/** pg gives these without a code. */
const POOL_MESSAGES =
  /connection terminated|timeout exceeded when trying to connect|client has encountered a connection error|pool after calling end/i;
/** Prisma's names for the same: unreachable, timed out, connection closed, no free connection. */
const PRISMA_UNREACHABLE = new Set(['P1001', 'P1002', 'P1008', 'P1017', 'P2024', 'P2037']);

/**
 * Whether the error, as `pg` or Prisma throws it, says that the server cannot be reached, refuses us, or
 * takes no writes for now. The connection that it came by is not worth keeping: a standby that was promoted
 * elsewhere leaves it on the wrong server.
 */
export function isUnreachable(error: unknown): error is Error {
  return unreachableBecause(error) !== null;
}

/** In words what the database cannot do, to stand before the error's message; null: it is no such error. */
export function unreachableBecause(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  if (error instanceof AggregateError)
    return error.errors.map(unreachableBecause).find((reason) => reason !== null) ?? null;
  const code = stateOf(error);
  if (code === READ_ONLY) return 'the database takes no writes (it is read-only, or a standby)';
  if (FULL.has(code)) return 'the database has no room (disk or memory)';
  const away = SOCKET_CODES.has(code) || AWAY.has(code) || PRISMA_UNREACHABLE.has(code);
  return away || /^(08|28|3D)/.test(code) || POOL_MESSAGES.test(error.message)
    ? 'the database went away'
    : null;
}

/**
 * SQLSTATE of the server where there is one, also below Prisma's code; else the socket's or Prisma's code.
 */
function stateOf(error: Error): string {
  const below = Reflect.get(Object(Reflect.get(error, 'meta')), 'driverAdapterError');
  const server = Reflect.get(Object(Reflect.get(Object(below), 'cause')), 'originalCode');
  if (typeof server === 'string') return server;
  return 'code' in error && typeof error.code === 'string' ? error.code : '';
}
