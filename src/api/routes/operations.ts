/** /health, /ready and /metrics: for the tools that monitor the process. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { ApiDeps } from '../deps.js';
import { health, readiness } from '../schemas/status.js';

const READINESS_TIMEOUT = 5_000;

export function operationRoutes(scope: FastifyInstance, deps: ApiDeps): void {
  const app = scope.withTypeProvider<ZodTypeProvider>();
  app.get(
    '/health',
    {
      schema: {
        operationId: 'getHealth',
        summary: 'The process lives',
        tags: ['operations'],
        response: { 200: health },
      },
    },
    async () => ({
      status: 'ok' as const,
      version: deps.version,
      uptimeSeconds: Math.floor(process.uptime()),
    }),
  );
  app.get(
    '/ready',
    {
      schema: {
        operationId: 'getReadiness',
        summary: 'Whether it can do its work',
        tags: ['operations'],
        response: { 200: readiness, 503: readiness.describe('It cannot; `reasons` say why') },
      },
    },
    async (request, reply) => {
      const result = await withinTime(deps.readiness()).catch((error: unknown) => {
        request.log.error({ err: error }, 'readiness cannot be told');
        return { ready: false, reasons: ['readiness cannot be told: see the log'] };
      });
      return reply.code(result.ready ? 200 : 503).send({ ready: result.ready, reasons: [...result.reasons] });
    },
  );
  app.get(
    '/metrics',
    {
      schema: {
        operationId: 'getMetrics',
        summary: 'Measurements for Prometheus',
        tags: ['operations'],
        response: {
          200: { description: 'Prometheus text format', content: { 'text/plain': { schema: z.string() } } },
        },
      },
    },
    async (_request, reply) => reply.type(deps.metrics.contentType).send(await deps.metrics.metrics()),
  );
}

async function withinTime<T>(work: Promise<T>): Promise<T> {
  const stop = new AbortController();
  const late = sleep(READINESS_TIMEOUT, undefined, { signal: stop.signal }).then(() => {
    throw new Error(`no answer within ${READINESS_TIMEOUT / 1000} s`);
  });
  // When `work` finishes first, the sleep is aborted and rejects; that is expected.
  late.catch(() => undefined);
  try {
    return await Promise.race([work, late]);
  } finally {
    stop.abort();
  }
}
