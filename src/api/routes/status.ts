/** /v1/status */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { chainStatuses } from '../../projections/status/queries.js';
import type { ApiDeps } from '../deps.js';
import { problems } from '../schemas/common.js';
import { status } from '../schemas/status.js';

export function statusRoutes(scope: FastifyInstance, { db, version, queueCounts }: ApiDeps): void {
  scope.withTypeProvider<ZodTypeProvider>().get(
    '/v1/status',
    {
      schema: {
        operationId: 'getStatus',
        summary: 'Per chain: tip, coverage, gaps, lag, queue',
        tags: ['operations'],
        querystring: z.strictObject({}),
        response: { 200: status, ...problems(400) },
      },
    },
    async (request) => {
      const [chains, queues] = await Promise.all([chainStatuses(db), countJobs(request)]);
      return {
        version,
        time: new Date().toISOString(),
        chains: chains.map((item) => {
          const queue = queues[item.chain] ?? null;
          return {
            ...item,
            coverage: [...item.coverage],
            gaps: [...item.gaps],
            queue,
            failedJobs: queue?.failed ?? null,
          };
        }),
      };
    },
  );

  /** The tables' status is worth showing without the queue's. */
  async function countJobs(request: FastifyRequest) {
    try {
      return (await queueCounts?.()) ?? {};
    } catch (error) {
      request.log.warn({ err: error }, 'cannot count the jobs of the queue');
      return {};
    }
  }
}
