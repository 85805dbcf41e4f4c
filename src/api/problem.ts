/** Errors as problem details (RFC 9457). problem-types.ts and docs/api.md list the types. */
import { type FieldError, PROBLEMS, type Problem, type ProblemType } from './problem-types.js';

/** Thrown by handlers and hooks. The error handler turns it into the response. */
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

/**
 * An error that is answered with 404; the handler throws it.
 * @param detail names what was looked for
 */
export function notFound(detail: string): ProblemError {
  return new ProblemError('not-found', detail);
}

/**
 * An error that is answered with 400; the handler throws it.
 * @param errors at least one
 */
export function invalidParameters(errors: readonly FieldError[]): ProblemError {
  return new ProblemError(
    'invalid-parameter',
    errors.map(({ field, message }) => `${field}: ${message}`).join('; '),
    errors,
  );
}
