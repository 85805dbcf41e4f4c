/** The types of problem that the API can answer with: docs/api.md. */

/**
 * HTTP status and title of each type. The URI of a type is `urn:ndx:problem:<type>`. The meaning of a type
 * never changes.
 */
export const PROBLEMS = {
  'invalid-parameter': { status: 400, title: 'A parameter is wrong' },
  'malformed-request': { status: 400, title: 'The request cannot be read' },
  'not-found': { status: 404, title: 'There is nothing here' },
  'method-not-allowed': { status: 405, title: 'This route does not know the method' },
  'uri-too-long': { status: 414, title: 'The address is too long' },
  internal: { status: 500, title: 'The server made a mistake' },
  'database-unavailable': { status: 503, title: 'The database cannot be used now' },
  'query-timeout': { status: 503, title: 'The query took too long' },
  overloaded: { status: 503, title: 'The server cannot answer now' },
} as const;

export type ProblemType = keyof typeof PROBLEMS;

/** What is wrong with one parameter. */
export interface FieldError {
  readonly in: 'query' | 'path' | 'header';
  readonly field: string;
  readonly message: string;
}

export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  /** The request's id, as in the header `x-request-id` and in the log. */
  readonly instance: string;
  readonly errors?: readonly FieldError[];
}

export const PROBLEM_MEDIA_TYPE = 'application/problem+json';
