/**
 * Makes the OpenAPI document from the schemas of the routes, at /openapi.json, and a page that shows it at
 * /docs.
 */
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import {
  jsonSchemaTransform,
  jsonSchemaTransformObject,
  type ZodTypeProvider,
} from 'fastify-type-provider-zod';
import { z } from 'zod';

const DESCRIPTION = `What happens on Solana and TON for the music platform, read only.
Lists are newest first and paged by cursor. Amounts are strings, times are ISO 8601 in UTC, errors are problem details (RFC 9457).`;

/** Call it before the routes are registered: only routes registered later get into the document. */
export function registerOpenApi(app: FastifyInstance, version: string): void {
  app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'NORMALDANCE indexer',
        version,
        description: DESCRIPTION,
        license: { name: 'MIT', identifier: 'MIT' },
      },
      tags: [
        { name: 'data', description: 'What happened on the chains' },
        { name: 'operations', description: 'How the indexer is doing' },
      ],
    },
    transform: jsonSchemaTransform,
    transformObject: jsonSchemaTransformObject,
  });
  app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: true,
    // The page's policy makes browsers load its parts over https, which fails on a host that only serves
    // http.
    transformStaticCSP: (policy) => policy.replace(/\s*upgrade-insecure-requests;?/, ''),
    theme: { title: 'NORMALDANCE indexer' },
  });
  app.get('/', { schema: { hide: true } }, async (_request, reply) => reply.redirect('/docs'));
  app.register(async (scope) => {
    scope.withTypeProvider<ZodTypeProvider>().get(
      '/openapi.json',
      {
        schema: {
          operationId: 'openApi',
          summary: 'This document',
          tags: ['operations'],
          response: { 200: z.record(z.string(), z.unknown()).describe('OpenAPI 3.1') },
        },
      },
      async () => ({ ...app.swagger() }),
    );
  });
}
