/** Reads what an endpoint is to be told next. */
import type { FeedId } from '../../feed/change.js';
import type { PushFeed, Told } from '../told.js';

/** Changes that are read for one message at most, when the filter leaves most of them out. */
const SCANNED_MOST = 5_000;

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
  { most, wanted }: { readonly most: number; readonly wanted: (told: Told) => boolean },
): Promise<Gathered> {
  const changes: Told[] = [];
  let upTo = after;
  for (let scanned = 0; scanned < SCANNED_MOST; ) {
    const page = await feed.read(upTo, most);
    // What was gathered before the feed began anew is void.
    if (page.kind === 'reset') return page;
    for (const told of page.changes) {
      if (!wanted(told)) continue;
      changes.push(told);
      if (changes.length === most) return { kind: 'changes', changes, upTo: told.id };
    }
    const stood = page.upTo.seq === upTo.seq && page.upTo.n === upTo.n;
    upTo = page.upTo;
    if (stood) break;
    scanned += Math.max(1, page.changes.length);
  }
  return { kind: 'changes', changes, upTo };
}
