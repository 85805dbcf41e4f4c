/** Turns every way in which a request can fail into a problem document. Internal details stay in the log. */
import type { Socket } from 'node:net';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { databaseProblem } from './database-errors.js';
import { invalidParameters, notFound, ProblemError } from './problem.js';
import { type FieldError, PROBLEM_MEDIA_TYPE } from './problem-types.js';

/** Characters; longer than any address that the routes understand. */
const LONGEST_URL = 2048;
const RETRY_AFTER_SECONDS = '5';

/**
 * Answers whatever a handler throws as problem details (RFC 9457) that reveal nothing internal, and unknown
 * paths and methods before their body is parsed.
 */
export function registerErrors(app: FastifyInstance): void {
  const known = knownRoutes(app);
  // Before the body is parsed: a request that no route takes is not worth it.
  app.addHook('onRequest', async (request, reply) => {
    if (request.url.length > LONGEST_URL)
      throw new ProblemError('uri-too-long', `the address may have ${LONGEST_URL} characters`);
    if (!request.is404) return;
    const path = request.url.split('?', 1)[0] ?? '';
    const methods = known(path);
    if (methods.length === 0) throw notFound(`no route has the path ${path}; see /docs`);
    reply.header('allow', methods.join(', '));
    throw new ProblemError(
      'method-not-allowed',
      `${request.method} is not known here; use ${methods.join(' or ')}`,
    );
  });
  app.setErrorHandler((error: FastifyError, request, reply) => sendProblem(error, request, reply));
}

/**
 * Sends an error as problem details. Also used for errors before routing, such as an address that cannot be
 * decoded.
 */
export function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply) {
  const problem = toProblem(error);
  // The client has disconnected: its query was cancelled, which is no failure.
  if (problem.status >= 500 && !request.raw.destroyed) request.log.error({ err: error }, 'request failed');
  if (problem.status === 503) reply.header('retry-after', RETRY_AFTER_SECONDS);
  return reply
    .code(problem.status)
    .type(PROBLEM_MEDIA_TYPE)
    .send(JSON.stringify(problem.toProblem(request.id)));
}

/** Answers bytes that are no HTTP request, on the bare socket. */
export function clientErrorHandler(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const tooLong = error.code === 'HPE_HEADER_OVERFLOW';
  const problem = tooLong
    ? new ProblemError('uri-too-long', 'the address and headers are too long')
    : new ProblemError('malformed-request', 'this is not an HTTP request');
  const body = JSON.stringify(problem.toProblem('none'));
  const head = `HTTP/1.1 ${problem.status} ${tooLong ? 'URI Too Long' : 'Bad Request'}`;
  socket.end(
    `${head}\r\ncontent-type: ${PROBLEM_MEDIA_TYPE}\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}

function toProblem(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error;
  if (hasZodFastifySchemaValidationErrors(error)) return invalidParameters(fieldErrors(error));
  const ofDatabase = databaseProblem(error);
  if (ofDatabase) return ofDatabase;
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500;
  if (status === 503)
    return new ProblemError(
      'overloaded',
      'the answer took too long or the server is stopping: try again later',
    );
  if (status >= 400 && status < 500)
    return new ProblemError('malformed-request', 'the request cannot be read: see /docs');
  return new ProblemError('internal', 'the log has the cause under the id in `instance`');
}

type ValidationError = Parameters<typeof hasZodFastifySchemaValidationErrors>[0] & {
  readonly validation: readonly {
    keyword: string;
    instancePath: string;
    message?: string | undefined;
    params: unknown;
  }[];
};

function fieldErrors(error: unknown): FieldError[] {
  const { validation, validationContext } = error as ValidationError & {
    readonly validationContext?: string;
  };
  const where = validationContext === 'params' ? 'path' : 'query';
  return validation.flatMap(({ keyword, instancePath, message, params }) => {
    if (keyword !== 'unrecognized_keys')
      return [{ in: where, field: instancePath.slice(1), message: message ?? 'is wrong' }];
    const { keys } = params as { keys: readonly string[] };
    return keys.map((field) => ({ in: where, field, message: 'is not a parameter of this route' }) as const);
  });
}

/** A function from a path to the methods of all routes that match it. */
function knownRoutes(app: FastifyInstance): (path: string) => string[] {
  const routes: { readonly pattern: RegExp; readonly methods: readonly string[] }[] = [];
  app.addHook('onRoute', ({ url, method }) => {
    const pattern = url
      .replace(/[.*+?^${}()|[\]\\]/g, (character) => (character === '*' ? '.*' : `\\${character}`))
      .replace(/:\w+/g, '[^/]+');
    routes.push({ pattern: new RegExp(`^${pattern}$`), methods: [method].flat() });
  });
  return (path) => [
    ...new Set(routes.filter(({ pattern }) => pattern.test(path)).flatMap(({ methods }) => methods)),
  ];
}
