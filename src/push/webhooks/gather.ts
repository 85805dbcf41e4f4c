/** Reads what an endpoint is to be told next. */
import type { FeedEntry, FeedId } from '../../feed/change.js';
import type { Telling } from '../../feed/told/filter.js';
import type { ToldType } from '../../feed/told/told.js';
import type { PushFeed } from '../feed.js';

/** Changes that are read for one message at most, when the filter leaves most of them out. */
const SCANNED_MOST = 5_000;

/** A change that is told. */
export interface Told {
  readonly entry: FeedEntry;
  readonly type: ToldType;
}

export type Gathered =
  | {
      readonly kind: 'changes';
      /** At most `most`, in the feed's order. */
      readonly changes: readonly Told[];
      readonly upTo: FeedId;
    }
  | { readonly kind: 'reset'; readonly from: FeedId; readonly reason: string };

/**
 * Reads on from the point until `most` changes pass the filter, the feed ends, or 5,000 were read.
 * @returns `upTo` equal to `after` when nothing is new
 */
export async function gather(
  feed: PushFeed,
  after: FeedId,
  { most, filter }: { readonly most: number; readonly filter: Telling },
): Promise<Gathered> {
  const changes: Told[] = [];
  let upTo = after;
  for (let scanned = 0; scanned < SCANNED_MOST; ) {
    const page = await feed.read(upTo, most);
    // What was gathered before the feed began anew is void.
    if (page.kind === 'reset') return page;
    for (const entry of page.entries) {
      const type = filter(entry);
      if (type === null) continue;
      changes.push({ entry, type });
      if (changes.length === most) return { kind: 'changes', changes, upTo: entry.id };
    }
    const stood = page.upTo.seq === upTo.seq && page.upTo.n === upTo.n;
    upTo = page.upTo;
    if (stood) break;
    scanned += Math.max(1, page.entries.length);
  }
  return { kind: 'changes', changes, upTo };
}
