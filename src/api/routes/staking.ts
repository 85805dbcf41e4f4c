/** /v1/staking */
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { listStakes } from '../../projections/staking/queries.js';
import { cursor, encodeCursor } from '../cursor.js';
import type { ApiDeps } from '../deps.js';
import { address, chain, flag, limit, problems } from '../schemas/common.js';
import { stakePage } from '../schemas/staking.js';

const query = z.strictObject({
  chain: chain.optional(),
  wallet: address.optional().describe('Staker'),
  active: flag.describe('Still staked or not'),
  cursor: cursor('staking'),
  limit,
});

export function stakingRoutes(scope: FastifyInstance, { lists }: ApiDeps): void {
  scope.withTypeProvider<ZodTypeProvider>().get(
    '/v1/staking',
    {
      schema: {
        operationId: 'listStakes',
        summary: 'Stakes, newest first',
        tags: ['data'],
        querystring: query,
        response: { 200: stakePage, ...problems(400) },
      },
    },
    async ({ signal, query: { cursor: after, limit: count, ...filter } }) => {
      const page = await listStakes(lists.until(signal), filter, { limit: count, after });
      return { items: [...page.items], nextCursor: encodeCursor('staking', page.next) };
    },
  );
}
