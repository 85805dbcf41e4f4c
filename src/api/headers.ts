/**
 * Response headers of every answer: what browsers may do with it, how long it may be kept, and the request's
 * id.
 */
import { createHash, randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';

/** A caller's id is taken when it can do no harm in a log or a header. */
export function requestId(request: IncomingMessage): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && /^[\w.-]{1,64}$/.test(given) ? given : randomUUID();
}

/** No CORS headers: browsers of other origins may not read the API unless a proxy in front says so. */
export function registerHeaders(app: FastifyInstance): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.headers({
      'x-request-id': request.id,
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cross-origin-resource-policy': 'same-origin',
    });
    // The page brings its own policy.
    if (!request.url.startsWith('/docs'))
      reply.header('content-security-policy', "default-src 'none'; frame-ancestors 'none'");
  });
  // Rows change with every block: caches ask each time, and get 304 when nothing has changed.
  app.addHook('onSend', async (request, reply, payload) => {
    if (request.url.startsWith('/docs')) return payload;
    const taggable =
      reply.statusCode === 200 && typeof payload === 'string' && request.url.startsWith('/v1/');
    reply.header('cache-control', taggable ? 'no-cache' : 'no-store');
    if (!taggable) return payload;
    const tag = `W/"${createHash('sha1').update(payload).digest('base64url')}"`;
    reply.header('etag', tag);
    const known = request.headers['if-none-match']?.split(',').map((item) => item.trim());
    if (!known?.includes(tag)) return payload;
    reply.code(304).removeHeader('content-type').removeHeader('content-length');
    return null;
  });
}
