/**
 * What of the feed a follower wants to be told, and as what. Stream, webhooks and the feed by pull share it.
 * Empty lists and absent fields ask for everything; fields are joined by "and", the items of one by "or".
 */
import { z } from 'zod';
import { CHAINS, FINALITIES, KINDS } from '../../events/event.js';
import type { LedgerRow } from '../../store/ledger/ledger.js';
import { type EventEntry, type FeedEntry, LANES, type RecordEntry } from '../change.js';
import { walletsOf } from '../resolve.js';
import { TOLD_TYPES, type ToldType } from './told.js';

/** Items of one list of a filter, and characters of one item. */
const ITEMS_MOST = 1_000;
const names = z.array(z.string().min(1).max(200)).max(ITEMS_MOST).optional();
const someOf = <const T extends readonly string[]>(values: T) => z.array(z.enum(values)).optional();

export const filterSchema = z.strictObject({
  /** As what it is told. */
  types: someOf(TOLD_TYPES),
  lanes: someOf(LANES),
  chains: someOf(CHAINS),
  /** Kinds of events; asking for some leaves out what is no event. */
  kinds: someOf(KINDS),
  /** `finalized`: only events that cannot be undone any more, from when that is known. */
  finality: z.enum(FINALITIES).optional(),
  /** `event`, `link`, `metadata`, … */
  subjects: names,
  /** Wallets that give, get, or whose balance moves. */
  wallets: names,
  /** Users whose wallets these are when it is told. */
  users: names,
  nfts: names,
  /** Collections, or contracts that vouch for NFTs without one. */
  collections: names,
});

export type Filter = z.output<typeof filterSchema>;

/** @returns as what an entry is told; null: not at all */
export type Telling = (entry: FeedEntry) => ToldType | null;

type Wanted = ReadonlySet<string> | null;

/**
 * @returns a function that says as what an entry is told. An event that changed and is no longer one of the
 * filter's is told as withdrawn, so that what a follower folds is what its filter finds in the tables.
 */
export function createFilter(filter: Filter): Telling {
  const types = setOf(filter.types);
  const lanes = setOf(filter.lanes);
  const chains = setOf(filter.chains);
  const subjects = setOf(filter.subjects);
  const isWanted = eventsOf(filter);
  const isRecordWanted = recordsOf(filter);
  return (entry) => {
    if (entry.subject === 'unreadable') return null;
    if (!within(lanes, entry.lane) || !within(chains, entry.chain)) return null;
    if (!within(subjects, entry.subject === 'event' ? 'event' : entry.record.subject)) return null;
    const type = entry.subject === 'event' ? typeOf(entry, isWanted) : isRecordWanted(entry);
    return within(types, type) ? type : null;
  };
}

type IsWanted = (row: LedgerRow, entry: EventEntry) => boolean;

function typeOf(entry: EventEntry, isWanted: IsWanted): ToldType | null {
  const { kind, row, before } = entry;
  const matches = (candidate: LedgerRow | null | undefined): boolean =>
    candidate != null && isWanted(candidate, entry);
  if (kind !== 'changed') return matches(row) ? kind : null;
  // It has changed once more, or is gone: a later entry says so.
  if (row === null) return null;
  if (matches(row)) return matches(before) ? 'changed' : 'created';
  return matches(before) ? 'withdrawn' : null;
}

function eventsOf(filter: Filter): IsWanted {
  const kinds = setOf(filter.kinds);
  const wallets = setOf(filter.wallets);
  const users = setOf(filter.users);
  const nfts = setOf(filter.nfts);
  const collections = setOf(filter.collections);
  return ({ event, finality }, { kind, known }) => {
    if (filter.finality === 'finalized' && finality !== 'finalized') return false;
    if (!within(kinds, event.kind)) return false;
    const { asset, nft } = event;
    if (nfts !== null && (asset.kind !== 'nft' || !nfts.has(asset.address))) return false;
    if (wallets !== null && !walletsOf(event).some((wallet) => wallets.has(wallet))) return false;
    if (users !== null && !walletsOf(event).some((wallet) => within(users, known.users.get(wallet))))
      return false;
    if (collections === null || within(collections, nft?.collection) || within(collections, nft?.contract))
      return true;
    if (asset.kind !== 'nft') return false;
    const of = known.collections.get(asset.address);
    // Nobody knows any more of what it was: better withdrawn for one who never had it than kept for ever.
    return of?.some((address) => collections.has(address)) ?? kind === 'withdrawn';
  };
}

function recordsOf(filter: Filter): (entry: RecordEntry) => ToldType | null {
  const lists = (['wallets', 'users', 'nfts', 'collections'] as const).map((name) => ({
    name,
    wanted: setOf(filter[name]),
  }));
  // An event's kind and finality are no record's.
  const none = setOf(filter.kinds) !== null || filter.finality === 'finalized';
  return ({ kind, record: { about = {}, internal } }) => {
    if (internal || none) return null;
    const all = lists.every(
      ({ name, wanted }) => wanted === null || about[name]?.some((item) => wanted.has(item)),
    );
    return all ? kind : null;
  };
}

function setOf(list: readonly string[] | undefined): Wanted {
  return list && list.length > 0 ? new Set(list) : null;
}

function within(wanted: Wanted, value: string | null | undefined): boolean {
  return wanted === null || (value != null && wanted.has(value));
}
