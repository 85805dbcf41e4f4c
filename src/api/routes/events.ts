/** /v1/events: the feed by pull. */
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { formatFeedId } from '../../feed/id.js';
import { readEnd, readFeed } from '../../feed/read.js';
import { createFilter } from '../../feed/told/filter.js';
import { toldOf } from '../../feed/told/told.js';
import type { ApiDeps } from '../deps.js';
import { type ChangeBody, changePage, filterOf, following, startOf } from '../schemas/changes.js';
import { limit, problems } from '../schemas/common.js';

const DESCRIPTION = `What changed after an id, as \`/v1/stream\` tells it, for those who come by now and then. Keep \`next\` and ask again
with it; without \`after\` the answer says where now is. With \`reset\` read the tables anew, and go on from \`next\`.`;

export function eventRoutes(scope: FastifyInstance, { lists }: ApiDeps): void {
  scope.withTypeProvider<ZodTypeProvider>().get(
    '/v1/events',
    {
      schema: {
        operationId: 'listChanges',
        summary: 'What changed after an id',
        description: DESCRIPTION,
        tags: ['data'],
        querystring: following.extend({ limit }),
        response: { 200: changePage, ...problems(400) },
      },
    },
    async ({ signal, query: { limit: count, ...asked } }) => {
      const tell = createFilter(filterOf(asked));
      const { pool } = lists.until(signal);
      const after = startOf(asked.after) ?? (await readEnd(pool));
      const page = await readFeed(pool, { after, limit: count });
      const unreadable = page.entries.findIndex(({ subject }) => subject === 'unreadable');
      const entries = unreadable < 0 ? page.entries : page.entries.slice(0, unreadable);
      const changes = entries.flatMap((entry) => {
        const type = tell(entry);
        return type === null ? [] : [toldOf(entry, type) as ChangeBody];
      });
      // What nobody can read is told alone, after everything before it.
      const end = unreadable > 0 ? entries.at(-1)?.id : page.entries[unreadable]?.id;
      const reset = unreadable === 0 ? ('unreadable' as const) : page.reset;
      return {
        changes,
        next: formatFeedId(end ?? page.next),
        more: page.more || unreadable >= 0,
        ...(reset === undefined ? {} : { reset }),
      };
    },
  );
}
