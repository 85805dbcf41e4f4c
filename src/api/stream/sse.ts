/**
 * Messages of the stream as server-sent events (https://html.spec.whatwg.org/multipage/server-sent-
 * events.html).
 */
import { formatFeedId } from '../../feed/id.js';
import type { Message } from '../../feed/told/stream.js';
import { createTeller } from '../../feed/told/told.js';

/** Milliseconds after which a client that was cut off comes back. */
const RETRY = 'retry: 1000\n';

/** @returns a function for all readers of a process: what an entry says is written once for all of them */
export function createSseWriter(): (message: Message) => string {
  const tell = createTeller();
  return (message) => {
    // An event without data is not dispatched, and moves the id that the client comes back with.
    if (message.kind === 'idle') return `${RETRY}id: ${formatFeedId(message.id)}\n\n`;
    if (message.kind === 'reset') {
      const id = formatFeedId(message.id);
      return text(id, 'reset', JSON.stringify({ id, reason: message.reason }));
    }
    const { kind, entry } = message;
    return text(formatFeedId(entry.id), kind, tell(entry, kind));
  };
}

function text(id: string, event: string, data: string): string {
  return `id: ${id}\nevent: ${event}\ndata: ${data}\n\n`;
}
