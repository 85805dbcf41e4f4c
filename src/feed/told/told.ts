/** What followers of the feed outside are told of an entry: the same in stream, webhooks and by pull. */
import { friendlyForms } from '../../events/ton-address.js';
import { rowJson } from '../../store/ledger/json.js';
import type { FeedEntry } from '../change.js';
import { formatFeedId } from '../id.js';

/** What an entry means to a follower with a filter: an event that left the filter is withdrawn to it. */
export const TOLD_TYPES = ['created', 'changed', 'finalized', 'withdrawn'] as const;
export type ToldType = (typeof TOLD_TYPES)[number];

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

function toldOf(entry: FeedEntry, type: ToldType): object {
  const { id, lane, at } = entry;
  const of = { id: formatFeedId(id), type, lane, time: new Date(at).toISOString() };
  if (entry.subject === 'unreadable') return of;
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
