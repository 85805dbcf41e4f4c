/**
 * What a consumer wants to be told of. Empty lists and absent fields ask for everything; the fields are
 * joined by "and", the items of one by "or". Wallets, users, NFTs and collections are joined by "or" among
 * each other: a follower of a wallet and an artist wants both.
 */
import { z } from 'zod';
import { CHAINS, FINALITIES, KINDS } from '../events/event.js';
import { LANES } from '../feed/change.js';
import { TOLD_TYPES, type Told } from './told.js';

/** Items of one list of a filter, and characters of one item. */
const ITEMS_MOST = 1_000;
const names = z.array(z.string().min(1).max(200)).max(ITEMS_MOST).optional();
const someOf = <const T extends readonly string[]>(values: T) => z.array(z.enum(values)).optional();

export const filterSchema = z.strictObject({
  types: someOf(TOLD_TYPES),
  lanes: someOf(LANES),
  chains: someOf(CHAINS),
  /** Kinds of events; asking for some leaves out what is no event. */
  kinds: someOf(KINDS),
  finality: someOf(FINALITIES),
  /** `event`, `link`, `metadata`, … */
  subjects: names,
  wallets: names,
  users: names,
  nfts: names,
  collections: names,
});

export type Filter = z.output<typeof filterSchema>;

/** @returns whether a change is asked for */
export function createFilter(filter: Filter): (told: Told) => boolean {
  const types = setOf(filter.types);
  const lanes = setOf(filter.lanes);
  const chains = setOf(filter.chains);
  const kinds = setOf(filter.kinds);
  const finality = setOf(filter.finality);
  const subjects = setOf(filter.subjects);
  const about = (['wallets', 'users', 'nfts', 'collections'] as const).flatMap((name) => {
    const wanted = setOf(filter[name]);
    return wanted ? [{ name, wanted }] : [];
  });
  const within = (wanted: ReadonlySet<string> | null, value: string | null) =>
    wanted === null || (value !== null && wanted.has(value));
  return (told) =>
    within(types, told.type) &&
    within(lanes, told.lane) &&
    within(chains, told.chain) &&
    within(kinds, told.kind) &&
    within(finality, told.finality) &&
    within(subjects, told.subject) &&
    (about.length === 0 ||
      about.some(({ name, wanted }) => told.about[name].some((item) => wanted.has(item))));
}

function setOf(list: readonly string[] | undefined): ReadonlySet<string> | null {
  return list && list.length > 0 ? new Set(list) : null;
}
