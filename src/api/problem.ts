/**
 * Errors as RFC 9457 problem details. Every type that the API can answer with stands here, and in
 * docs/api.md.
 */
import { type FieldError, PROBLEMS, type Problem, type ProblemType } from './problem-types.js';

/** Thrown by handlers and hooks; the error handler turns it into the response. */
export class ProblemError extends Error {
  constructor(
    readonly type: ProblemType,
    detail: string,
    readonly errors?: readonly FieldError[],
    options?: { readonly cause: unknown },
  ) {
    super(detail, options);
    this.name = 'ProblemError';
  }

  get status(): number {
    return PROBLEMS[this.type].status;
  }

  toProblem(requestId: string): Problem {
    return {
      type: `urn:ndx:problem:${this.type}`,
      title: PROBLEMS[this.type].title,
      status: this.status,
      detail: this.message,
      instance: `urn:ndx:request:${requestId}`,
      ...(this.errors ? { errors: this.errors } : {}),
    };
  }
}

/** To be thrown by a handler: answered with 404. @param detail names what was looked for */
export function notFound(detail: string): ProblemError {
  return new ProblemError('not-found', detail);
}

/** @param errors at least one */
export function invalidParameters(errors: readonly FieldError[]): ProblemError {
  return new ProblemError(
    'invalid-parameter',
    errors.map(({ field, message }) => `${field}: ${message}`).join('; '),
    errors,
  );
}
