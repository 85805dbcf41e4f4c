/** What of the feed is asked for, by stream and by pull, and a change as it is told. */
import type { IncomingHttpHeaders } from 'node:http';
import { z } from 'zod';
import { CHAINS, FINALITIES } from '../../events/event.js';
import { type FeedId, LANES } from '../../feed/change.js';
import { parseFeedId } from '../../feed/id.js';
import type { Filter } from '../../feed/told/filter.js';
import { TOLD_TYPES } from '../../feed/told/told.js';
import { invalidParameters } from '../problem.js';
import { address, chain, friendlyAddresses, kind, time } from './common.js';
import { event } from './events.js';

const ID_RULE = 'must be an id of the feed (epoch.seq.n), unchanged';

const filter = {
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
};

/** Parameters of those who follow the feed. */
export const following = z.strictObject({
  ...filter,
  after: z.string().max(64).optional().describe('Id after which to begin. Default: now'),
});

/** The filter that the parameters ask for. */
export function filterOf(asked: z.output<typeof following>): Filter {
  const one = <T>(value: T | undefined): T[] => (value === undefined ? [] : [value]);
  return {
    chains: one(asked.chain),
    kinds: one(asked.kind),
    wallets: one(asked.wallet),
    users: one(asked.user),
    nfts: one(asked.nft),
    collections: one(asked.collection),
    finality: asked.finality,
  };
}

/**
 * Where to begin: the header `Last-Event-ID` comes before the parameter.
 * @returns null: now
 * @throws ProblemError that names the one that is no id
 */
export function startOf(after: string | undefined, headers: IncomingHttpHeaders = {}): FeedId | null {
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

const change = z
  .object({
    id: z.string(),
    type: z.enum(TOLD_TYPES),
    lane: z.enum(LANES),
    time,
    subject: z.string(),
    chain: z.enum(CHAINS).nullable(),
    event: event.nullable().optional(),
    record: z
      .object({
        key: z.string(),
        about: z.record(z.string(), z.array(z.string())).optional(),
        content: z.record(z.string(), z.unknown()).optional(),
      })
      .optional(),
    friendlyAddresses,
  })
  .meta({ id: 'Change', description: 'A change, as stream and webhooks tell it' });

export type ChangeBody = z.output<typeof change>;

export const changePage = z.object({
  changes: z.array(change),
  next: z.string().describe('Ask for what comes after it'),
  more: z.boolean().describe('Whether there is more already'),
  reset: z
    .enum(['epoch', 'retention', 'ahead', 'unreadable'])
    .optional()
    .describe('Nothing can be told from there: read the tables anew, then go on from `next`'),
  friendlyAddresses,
});
