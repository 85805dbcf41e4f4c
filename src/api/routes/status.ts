/** /v1/status */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { chainStatuses } from '../../projections/status/queries.js';
import type { ApiDeps } from '../deps.js';
import { problems } from '../schemas/common.js';
import { status } from '../schemas/status.js';

/** Milliseconds for which the same answer is used for all requests. */
const FRESH_MS = 1_000;

export function statusRoutes(scope: FastifyInstance, { operations, version, queueCounts }: ApiDeps): void {
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
      const [chains, queues] = await current(request);
      return {
        version,
        time: new Date().toISOString(),
        chains: chains.map(({ listener, ...item }) => {
          const queue = queues[item.chain] ?? null;
          return {
            ...item,
            coverage: [...item.coverage],
            gaps: [...item.gaps],
            queue,
            failedJobs: queue?.failed ?? null,
            following: listener !== null,
          };
        }),
      };
    },
  );

  /** Computed at most once a second and shared by all requests in between. */
  let latest: { readonly at: number; readonly value: ReturnType<typeof read> } | undefined;
  function current(request: FastifyRequest): ReturnType<typeof read> {
    if (latest === undefined || performance.now() - latest.at >= FRESH_MS) {
      const value = read(request);
      latest = { at: performance.now(), value };
      // A failure goes to the requests that wait for it and is not reused.
      value.catch(() => {
        if (latest?.value === value) latest = undefined;
      });
    }
    return latest.value;
  }

  function read(request: FastifyRequest) {
    return Promise.all([chainStatuses(operations), countJobs(request)]);
  }

  /** When the queue cannot be asked, the state of the tables is shown without its jobs. */
  async function countJobs(request: FastifyRequest) {
    try {
      return (await queueCounts?.()) ?? {};
    } catch (error) {
      request.log.warn({ err: error }, 'cannot count the jobs of the queue');
      return {};
    }
  }
}
