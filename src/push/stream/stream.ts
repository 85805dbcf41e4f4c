/** One reader of the stream: catches up from the feed itself, then walks the hub's ring. */
import type { Pool } from 'pg';
import type { FeedEntry } from '../../feed/change.js';
import { readFeed } from '../../feed/read.js';
import type { FeedStream, Message } from '../../feed/told/stream.js';
import { pause } from '../../runtime/pause.js';
import type { Hub } from './hub.js';
import { createTurns } from './turns.js';

export interface StreamDeps {
  readonly hub: Hub;
  /** For readers that catch up. */
  readonly db: { readonly pool: Pick<Pool, 'query'> };
  /** Readers that catch up at once; the others wait. */
  readonly atOnce?: number;
  /** Milliseconds after which a reader that was told nothing is told where the feed stands. */
  readonly heartbeat?: number;
}

const AT_ONCE = 3;
const HEARTBEAT = 15_000;
/** Entries of one page of a reader that catches up. */
const LIMIT = 200;
const LOOK_EVERY = 50;

type Filter = Parameters<FeedStream['open']>[0]['filter'];

export function createStream(deps: StreamDeps): FeedStream {
  const { hub, db, heartbeat = HEARTBEAT } = deps;
  const turns = createTurns(deps.atOnce ?? AT_ONCE);

  async function* open({
    after,
    filter,
    signal,
  }: Parameters<FeedStream['open']>[0]): AsyncGenerator<Message> {
    const end = await hub.end();
    let position = after ?? end;
    // At once, so that whoever breaks off before the first event comes back to here.
    yield { kind: 'idle', id: position };
    let quiet = performance.now();
    while (!signal.aborted) {
      const place = hub.join(position);
      if (place === null) {
        const page = await turns.take(() => readFeed(db.pool, { after: position, limit: LIMIT }), signal);
        if (page === null) return;
        position = page.next;
        if (page.reset !== undefined) yield { kind: 'reset', id: page.next, reason: page.reset };
        yield* messages(page.entries, filter);
        if (page.entries.length > 0) quiet = performance.now();
        else if (performance.now() - quiet > heartbeat) {
          quiet = performance.now();
          yield { kind: 'idle', id: position };
        }
        // The hub, or a standby, has not come this far yet: look again a little later.
        if (!page.more && hub.join(position) === null) await pause(LOOK_EVERY, signal).catch(() => undefined);
        continue;
      }
      for (;;) {
        const entries = hub.take(place);
        if (signal.aborted) return;
        if (entries === null) {
          // Another epoch: the feed itself says so. Too far behind: closed, to come back with its last id.
          if (hub.join(position) === null && hub.position()?.epoch === position.epoch) return;
          break;
        }
        place.next += entries.length;
        position = entries.at(-1)?.id ?? position;
        for (const message of messages(entries, filter)) {
          quiet = performance.now();
          yield message;
        }
        if (entries.length > 0) continue;
        const left = heartbeat - (performance.now() - quiet);
        if (left <= 0) {
          position = hub.position() ?? position;
          quiet = performance.now();
          yield { kind: 'idle', id: position };
        } else await hub.wait(place, left, signal);
      }
    }
  }
  return { open };
}

function* messages(entries: readonly FeedEntry[], filter: Filter): Generator<Message> {
  for (const entry of entries) {
    if (entry.subject === 'unreadable') yield { kind: 'reset', id: entry.id, reason: 'unreadable' };
    const kind = filter(entry);
    if (kind !== null) yield { kind, entry };
  }
}
