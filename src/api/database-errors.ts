/** Tells failures of the database service apart from our own mistakes, by SQLSTATE, by the socket's error code and by Prisma's. */
import { ProblemError } from './problem.js';

const SOCKET_CODES = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EAI_AGAIN', 'ETIMEDOUT', 'EPIPE', 'EHOSTUNREACH', 'ENETUNREACH']);
/** Too many connections, shutting down or starting, read-only or out of disk. */
const SERVER_STATES = new Set(['53300', '53100', '53200', '57P01', '57P02', '57P03']);
/** pg gives these without a code. */
const POOL_MESSAGES =
  /connection terminated|timeout exceeded when trying to connect|client has encountered a connection error|pool after calling end/i;

/** Prisma's names for the same: unreachable, timed out, connection closed, no free connection. */
const PRISMA_UNREACHABLE = new Set(['P1001', 'P1002', 'P1008', 'P1017', 'P2024', 'P2037']);
const PRISMA_NO_TABLE = new Set(['P2021', 'P2022']);

/** The problem that the error stands for; null when it is not the database's. */
export function databaseProblem(error: unknown): ProblemError | null {
  if (!(error instanceof Error)) return null;
  if (error instanceof AggregateError) return error.errors.map(databaseProblem).find((problem) => problem !== null) ?? null;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (code === '57014')
    return new ProblemError('query-timeout', 'the query took too long: narrow it with filters', undefined, { cause: error });
  if (code === '42P01' || code === '42703' || PRISMA_NO_TABLE.has(code))
    return unavailable('the database is not migrated: run `ndx db migrate`', error);
  if (
    PRISMA_UNREACHABLE.has(code) ||
    SOCKET_CODES.has(code) ||
    SERVER_STATES.has(code) ||
    /^(08|28|3D)/.test(code) ||
    POOL_MESSAGES.test(error.message)
  )
    return unavailable('the database cannot be reached: try again later', error);
  return null;
}

function unavailable(detail: string, cause: unknown): ProblemError {
  return new ProblemError('database-unavailable', detail, undefined, { cause });
}
