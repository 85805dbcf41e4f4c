/** /v1/stream: the feed as server-sent events. */
import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { createFilter } from '../../feed/told/filter.js';
import type { ApiDeps } from '../deps.js';
import { ProblemError } from '../problem.js';
import { filterOf, following, startOf } from '../schemas/changes.js';
import { problems } from '../schemas/common.js';
import { createOpenStreams } from '../stream/open-streams.js';
import { createSseWriter } from '../stream/sse.js';

const DESCRIPTION = `Events \`created\`, \`changed\`, \`finalized\`, \`withdrawn\` with \`data\` {id, type, lane, time, subject, chain,
event | record}, and
\`reset\` with {id, reason}: read the tables anew, and go on from there. A client that comes back with \`Last-Event-ID\` misses nothing
and gets nothing twice. \`lane\` is \`live\`, \`backfill\` (read late) or \`replay\` (read again): do not tell people of an old sale as of a new one.`;

/** Longer than any reader stays: the route's answer has no end. */
const NO_TIMEOUT = 2_147_483_647;

export function streamRoutes(scope: FastifyInstance, { stream, metrics }: ApiDeps): void {
  const write = createSseWriter();
  const open = createOpenStreams(metrics);
  scope.addHook('preClose', async () => open.closeAll());
  scope.withTypeProvider<ZodTypeProvider>().get(
    '/v1/stream',
    {
      exposeHeadRoute: false,
      handlerTimeout: NO_TIMEOUT,
      config: { stream: true },
      schema: {
        operationId: 'stream',
        summary: 'What changes, as server-sent events',
        description: DESCRIPTION,
        tags: ['data'],
        querystring: following,
        response: {
          200: {
            description: 'Server-sent events, without end',
            content: { 'text/event-stream': { schema: z.string() } },
          },
          ...problems(400),
        },
      },
    },
    async (request, reply) => {
      const asked = request.query;
      const from = startOf(asked.after, request.headers);
      const filter = createFilter(filterOf(asked));
      if (open.count() >= open.most)
        throw new ProblemError('overloaded', `this process has ${open.most} readers already: try another`);
      const reader = open.add();
      const messages = stream.open({ after: from, filter, signal: reader.signal });
      const body = Readable.from(reader.paced(messages, write), { objectMode: false, highWaterMark: 16_384 });
      reader.onClose(() => body.destroy());
      body.once('close', () => reader.close('gone'));
      // Proxies that hold answers back would hold back what is new.
      const answer: Pick<FastifyReply, 'send'> = reply.headers({
        'content-type': 'text/event-stream',
        'x-accel-buffering': 'no',
      });
      return answer.send(body);
    },
  );
}
