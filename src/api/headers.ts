/** Headers of every answer: what browsers may do with it, how long it may be cached, and the request's id. */
import { createHash, randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';

/** Takes the id that the caller gave if it is safe in a log and a header; otherwise makes one. */
export function requestId(request: IncomingMessage): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && /^[\w.-]{1,64}$/.test(given) ? given : randomUUID();
}

/**
 * Adds the headers to every answer. There are no CORS headers: pages of other origins cannot read the API
 * unless a proxy in front allows it.
 */
export function registerHeaders(app: FastifyInstance): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.headers({
      'x-request-id': request.id,
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cross-origin-resource-policy': 'same-origin',
    });
    // The page at /docs has its own policy.
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
