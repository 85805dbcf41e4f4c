/** /v1/nfts */
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { findNft, listNfts, nftHistory } from '../../projections/nfts/queries.js';
import { cursor, encodeCursor } from '../cursor.js';
import type { ApiDeps } from '../deps.js';
import { notFound } from '../problem.js';
import { address, chain, flag, limit, problems } from '../schemas/common.js';
import { eventBody } from '../schemas/events.js';
import { nftDetail, nftPage } from '../schemas/nfts.js';

const query = z.strictObject({
  chain: chain.optional(),
  owner: address.optional().describe('Wallet that holds it'),
  creator: address.optional(),
  collection: address.optional().describe('Collection, or the contract that vouches for an NFT without one'),
  listed: flag,
  burned: flag.describe('Default: both; with `owner` only those that still exist'),
  cursor: cursor('nfts'),
  limit,
});

export function nftRoutes(scope: FastifyInstance, { db, lists }: ApiDeps): void {
  const app = scope.withTypeProvider<ZodTypeProvider>();
  app.get(
    '/v1/nfts',
    {
      schema: {
        operationId: 'listNfts',
        summary: 'NFTs, newest first',
        tags: ['data'],
        querystring: query,
        response: { 200: nftPage, ...problems(400) },
      },
    },
    async ({ signal, query: { cursor: after, limit: count, ...filter } }) => {
      // The row of a burned NFT keeps its last holder, but nobody holds it any more.
      const burned = filter.burned ?? (filter.owner === undefined ? undefined : false);
      const page = await listNfts(lists.until(signal), { ...filter, burned }, { limit: count, after });
      return { items: [...page.items], nextCursor: encodeCursor('nfts', page.next) };
    },
  );
  app.get(
    '/v1/nfts/:tokenId',
    {
      schema: {
        operationId: 'getNft',
        summary: 'One NFT with its history',
        tags: ['data'],
        params: z.strictObject({ tokenId: address }),
        querystring: z.strictObject({ cursor: cursor('history'), limit }),
        response: { 200: nftDetail, ...problems(400, 404) },
      },
    },
    async ({ signal, params, query: { cursor: after, limit: count } }) => {
      const found = await findNft(db, params.tokenId);
      if (!found) throw notFound('no NFT of ours has this tokenId');
      const page = await nftHistory(lists.until(signal), found, { limit: count, after });
      return {
        ...found,
        history: { items: page.items.map(eventBody), nextCursor: encodeCursor('history', page.next) },
      };
    },
  );
}
