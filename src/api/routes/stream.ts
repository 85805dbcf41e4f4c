/** /v1/stream: the feed as server-sent events. */
import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { FINALITIES } from '../../events/event.js';
import type { FeedId } from '../../feed/change.js';
import { parseFeedId } from '../../feed/id.js';
import { createFilter, type Filter } from '../../feed/told/filter.js';
import type { ApiDeps } from '../deps.js';
import { invalidParameters, ProblemError } from '../problem.js';
import { address, chain, kind, problems } from '../schemas/common.js';
import { createOpenStreams } from '../stream/open-streams.js';
import { createSseWriter } from '../stream/sse.js';

const ID_RULE = 'must be an id of this stream (epoch.seq.n), unchanged';

const query = z.strictObject({
  chain: chain.optional(),
  kind: kind.optional().describe('Kind of the event'),
  wallet: address.optional().describe('Wallet that gives, gets, or whose balance moves'),
  user: z.string().min(1).max(200).optional().describe('User whose wallet does so; links may change'),
  nft: address.optional(),
  collection: address.optional().describe('Collection, or the contract that vouches for an NFT without one'),
  finality: z
    .enum(FINALITIES)
    .optional()
    .describe(
      '`finalized`: only what cannot be undone any more, told when that is known. Default: everything at once',
    ),
  after: z
    .string()
    .max(64)
    .optional()
    .describe('Id after which to begin; the header `Last-Event-ID` comes first. Default: now'),
});

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
        querystring: query,
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
      const { after, ...asked } = request.query;
      const from = startOf(request, after);
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

function filterOf(asked: Omit<z.output<typeof query>, 'after'>): Filter {
  const { chain, kind, wallet, user, nft, collection, finality } = asked;
  const one = <T>(value: T | undefined): T[] => (value === undefined ? [] : [value]);
  return {
    chains: one(chain),
    kinds: one(kind),
    wallets: one(wallet),
    users: one(user),
    nfts: one(nft),
    collections: one(collection),
    finality,
  };
}

function startOf({ headers }: FastifyRequest, after: string | undefined): FeedId | null {
  const given = headers['last-event-id'];
  const last = typeof given === 'string' && given !== '' ? given : undefined;
  const text = last ?? after;
  if (text === undefined) return null;
  const id = parseFeedId(text);
  if (id !== null) return id;
  throw invalidParameters([
    last === undefined
      ? { in: 'query', field: 'after', message: ID_RULE }
      : { in: 'header', field: 'Last-Event-ID', message: ID_RULE },
  ]);
}
