/**
 * Messages of the stream as server-sent events (https://html.spec.whatwg.org/multipage/server-sent-
 * events.html).
 */
import type { FeedEntry } from '../../feed/change.js';
import { formatFeedId } from '../../feed/id.js';
import type { Message } from '../../feed/told.js';
import type { LedgerRow } from '../../store/ledger/ledger.js';
import { friendlyForms } from '../friendly.js';
import { eventBody } from '../schemas/events.js';

/** Milliseconds after which a client that was cut off comes back. */
const RETRY = 'retry: 1000\n';

/** @returns a function for all readers of a process: what an entry says is written once for all of them */
export function createSseWriter(): (message: Message) => string {
  const written = new WeakMap<FeedEntry, string>();
  return (message) => {
    // An event without data is not dispatched, and moves the id that the client comes back with.
    if (message.kind === 'idle') return `${RETRY}id: ${formatFeedId(message.id)}\n\n`;
    if (message.kind === 'reset') {
      const id = formatFeedId(message.id);
      return text(id, 'reset', JSON.stringify({ id, reason: message.reason }));
    }
    const { kind, entry } = message;
    const id = formatFeedId(entry.id);
    if (kind === 'withdrawn' && entry.subject === 'event' && entry.kind === 'changed')
      return text(id, kind, dataOf(entry, entry.before ?? null));
    let data = written.get(entry);
    if (data === undefined) {
      data = dataOf(entry, entry.subject === 'event' ? entry.row : null);
      written.set(entry, data);
    }
    return text(id, kind, data);
  };
}

function text(id: string, event: string, data: string): string {
  return `id: ${id}\nevent: ${event}\ndata: ${data}\n\n`;
}

function dataOf(entry: FeedEntry, row: LedgerRow | null): string {
  const of = { id: formatFeedId(entry.id), lane: entry.lane, time: new Date(entry.at).toISOString() };
  if (entry.subject === 'event') {
    const event = row === null ? null : eventBody(row);
    const friendlyAddresses = friendlyForms(event);
    const friendly = Object.keys(friendlyAddresses).length > 0 ? { friendlyAddresses } : {};
    return JSON.stringify({ ...of, subject: 'event', event, ...friendly });
  }
  if (entry.subject === 'unreadable') return JSON.stringify(of);
  const { internal: _, subject, kind: __, ...record } = entry.record;
  return JSON.stringify({ ...of, subject, record });
}
