/** What followers of the feed outside are told of an entry: the same in stream, webhooks and by pull. */
import type { Chain, JsonObject } from '../../events/event.js';
import { friendlyForms } from '../../events/ton-address.js';
import { rowJson } from '../../store/ledger/json.js';
import type { FeedEntry, Lane, RecordChange } from '../change.js';
import { formatFeedId } from '../id.js';

/** What an entry means to a follower with a filter: an event that left the filter is withdrawn to it. */
export const TOLD_TYPES = ['created', 'changed', 'finalized', 'withdrawn'] as const;
export type ToldType = (typeof TOLD_TYPES)[number];

export interface Told {
  readonly id: string;
  readonly type: ToldType;
  readonly lane: Lane;
  readonly time: string;
  /** `event`, or what a record is about. */
  readonly subject: string;
  readonly chain: Chain | null;
  readonly event?: JsonObject | null;
  readonly record?: { readonly [K in 'key' | 'about' | 'content']: RecordChange[K] | undefined };
  readonly friendlyAddresses?: Readonly<Record<string, string>>;
}

/**
 * @returns a function that writes an entry as JSON text. What an entry says is written once for all that
 * share the function, for as long as the entry is kept.
 */
export function createTeller(): (entry: FeedEntry, type: ToldType) => string {
  const written = new WeakMap<FeedEntry, Map<ToldType, string>>();
  return (entry, type) => {
    const texts = written.get(entry) ?? new Map<ToldType, string>();
    const text = texts.get(type) ?? JSON.stringify(toldOf(entry, type));
    written.set(entry, texts.set(type, text));
    return text;
  };
}

/** An entry as it is told, amounts as decimal text. */
export function toldOf(entry: FeedEntry, type: ToldType): Told {
  const { id, lane, at } = entry;
  const of = { id: formatFeedId(id), type, lane, time: new Date(at).toISOString() };
  if (entry.subject === 'unreadable') return { ...of, subject: entry.subject, chain: null };
  const { chain } = entry;
  if (entry.subject === 'record') {
    const { subject, key, about, content } = entry.record;
    return { ...of, subject, chain, record: { key, about, content } };
  }
  // An event that left the filter is told as the follower has it.
  const row = type === 'withdrawn' && entry.kind === 'changed' ? (entry.before ?? null) : entry.row;
  const event = row && rowJson(row);
  const friendlyAddresses = friendlyForms(event);
  const friendly = Object.keys(friendlyAddresses).length > 0 ? { friendlyAddresses } : {};
  return { ...of, subject: 'event', chain, event, ...friendly };
}
