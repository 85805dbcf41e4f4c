/** Reads a point of the feed that a person wrote. */
import type { FeedId } from '../feed/change.js';
import { parseFeedId } from '../feed/id.js';
import { NdxError } from '../runtime/errors.js';
import type { PushFeed } from './feed.js';

/**
 * @param text `epoch.seq.n`, `beginning` or `end`
 * @throws NdxError USAGE when it is none of these, or is not in the feed as it is now
 */
export async function readPoint(feed: PushFeed, text: string): Promise<FeedId> {
  if (text === 'beginning') return feed.beginning();
  const end = await feed.tip();
  if (text === 'end') return end;
  const point = parseFeedId(text);
  if (point === null) throw new NdxError('USAGE', `${text} is no point of the feed: write it like 1.4711.0`);
  const { epoch, seq } = await feed.beginning();
  if (point.epoch !== epoch)
    throw new NdxError('USAGE', `the feed is in epoch ${epoch}: nothing of epoch ${point.epoch} can be told`);
  if (point.seq < seq) throw new NdxError('USAGE', `the feed begins at ${epoch}.${seq}.0: older is not kept`);
  if (point.seq > end.seq) throw new NdxError('USAGE', `the feed ends at ${epoch}.${end.seq}.0`);
  return point;
}
