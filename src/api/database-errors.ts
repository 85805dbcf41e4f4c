/** Tells failures of the database from our own mistakes, and which failure it is. */
import { NdxError } from '../runtime/errors.js';
import { isUnreachable } from '../store/faults/unreachable.js';
import { ProblemError } from './problem.js';

const PRISMA_NO_TABLE = new Set(['P2021', 'P2022']);

/** The problem details for an error of the database; null when the error is not the database's. */
export function databaseProblem(error: unknown): ProblemError | null {
  if (!(error instanceof Error)) return null;
  if (error instanceof AggregateError)
    return error.errors.map(databaseProblem).find((problem) => problem !== null) ?? null;
  if (error instanceof NdxError && error.code === 'OVERLOADED')
    return new ProblemError('overloaded', error.message, undefined, { cause: error });
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (code === '57014')
    return new ProblemError('query-timeout', 'the query took too long: narrow it with filters', undefined, {
      cause: error,
    });
  if (code === '42P01' || code === '42703' || PRISMA_NO_TABLE.has(code))
    return unavailable('the database is not migrated: run `ndx db migrate`', error);
  if (isUnreachable(error)) return unavailable('the database cannot be reached: try again later', error);
  return null;
}

function unavailable(detail: string, cause: unknown): ProblemError {
  return new ProblemError('database-unavailable', detail, undefined, { cause });
}
