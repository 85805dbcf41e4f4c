/** What is sent: the body of a message, and its headers by Standard Webhooks 1.0. */
import { Webhook } from 'standardwebhooks';
import type { FeedId } from '../../feed/change.js';
import { formatFeedId } from '../../feed/id.js';
import { createTeller } from '../../feed/told/told.js';
import type { Told } from './gather.js';

/** Changes to a body: bounds its size, as far as single changes allow. */
const BODY_BYTES = 512 * 1024;

export interface Body {
  readonly text: string;
  readonly changes: number;
  readonly upTo: FeedId;
}

/**
 * The body of a message with as many of the changes as fit, at least one.
 * @param upTo how far the feed has been read when all of them fit
 */
export function bodyOfChanges(
  { after, upTo }: { readonly after: FeedId; readonly upTo: FeedId },
  changes: readonly Told[],
  now: Date,
): Body {
  const texts: string[] = [];
  let bytes = 0;
  const tell = createTeller();
  for (const { entry, type } of changes) {
    const text = tell(entry, type);
    bytes += Buffer.byteLength(text) + 1;
    if (texts.length > 0 && bytes > BODY_BYTES) break;
    texts.push(text);
  }
  const end = changes.length > texts.length ? (changes[texts.length - 1]?.entry.id ?? upTo) : upTo;
  const head = JSON.stringify({ type: 'changes', timestamp: now.toISOString() }).slice(0, -1);
  const range = `"after":"${formatFeedId(after)}","upTo":"${formatFeedId(end)}"`;
  return {
    text: `${head},"data":{${range},"changes":[${texts.join(',')}]}}`,
    changes: texts.length,
    upTo: end,
  };
}

/** Told when the feed begins anew: what was received so far may not be what the tables hold now. */
export function bodyOfReset(from: FeedId, reason: string, now: Date): string {
  return JSON.stringify({
    type: 'reset',
    timestamp: now.toISOString(),
    data: { from: formatFeedId(from), reason },
  });
}

/** Tells nothing; `ndx webhook test` sends it. */
export function bodyOfTest(endpointId: string, now: Date): string {
  return JSON.stringify({ type: 'test', timestamp: now.toISOString(), data: { endpoint: endpointId } });
}

/**
 * Headers of one attempt. It is signed with every secret that holds, so that the receiver may know either.
 * @param id the same in every attempt: receivers recognise a message by it
 */
export function headersOf(
  id: string,
  body: string,
  secrets: readonly string[],
  now: Date,
): Record<string, string> {
  return {
    'content-type': 'application/json',
    'user-agent': 'normaldance-indexer',
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
    'webhook-signature': secrets.map((secret) => new Webhook(secret).sign(id, now, body)).join(' '),
  };
}
