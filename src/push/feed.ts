/** The feed as senders see it. */
import type { Pool } from 'pg';
import type { Chain } from '../events/event.js';
import type { FeedEntry, FeedId } from '../feed/change.js';
import { formatFeedId } from '../feed/id.js';
import { readBeginning, readEnd, readFeed } from '../feed/read.js';
import { pointOfTime } from './point-of-time.js';

export type PushPage =
  | {
      readonly kind: 'changes';
      readonly entries: readonly FeedEntry[];
      /** Everything up to here has been read; equal to where the reading began when nothing is new. */
      readonly upTo: FeedId;
    }
  | {
      /** The changes after the point cannot be told: another epoch began, or they are no longer kept. */
      readonly kind: 'reset';
      readonly reason: string;
      /** Where to go on, once the tables have been read. */
      readonly from: FeedId;
    };

export interface PushFeed {
  /** Reads at most `limit` entries after the point, in the feed's order. */
  read(after: FeedId, limit: number): Promise<PushPage>;
  /** The newest point: whoever begins there is told what happens from now on. */
  tip(): Promise<FeedId>;
  /** Where the feed begins: before the oldest change that is kept. */
  beginning(): Promise<FeedId>;
  /**
   * A point before which nothing of the block was told: by the time at which the block was made. The
   * beginning of the feed when that is older.
   * @throws NdxError INPUT_INVALID when nothing of that block or a later one is in the ledger
   */
  beforeBlock(chain: Chain, block: number): Promise<FeedId>;
}

/** What each reason of a reset means, for people. */
const REASONS = {
  epoch: 'the database was restored, promoted or moved: its feed began anew',
  retention: 'the changes after the last one that was told are no longer kept',
  ahead: 'the feed has never been where the last message was',
};

/** @param pool also of a standby */
export function createPushFeed(pool: Pool): PushFeed {
  return {
    read: async (after, limit) => {
      const { entries, next, reset } = await readFeed(pool, { after, limit });
      if (reset !== undefined) return { kind: 'reset', reason: REASONS[reset], from: next };
      return pageOf(entries, next);
    },
    tip: () => readEnd(pool),
    beginning: () => readBeginning(pool),
    beforeBlock: (chain, block) => pointOfTime(pool, chain, block),
  };
}

/** An entry that cannot be read ends the page before it, and is a reset once it is the first. */
function pageOf(entries: readonly FeedEntry[], next: FeedId): PushPage {
  const at = entries.findIndex(({ subject }) => subject === 'unreadable');
  const unreadable = entries[at];
  if (unreadable?.subject !== 'unreadable') return { kind: 'changes', entries, upTo: next };
  const before = entries.slice(0, at);
  const last = before.at(-1);
  if (last) return { kind: 'changes', entries: before, upTo: last.id };
  const reason = `change ${formatFeedId(unreadable.id)} cannot be read: ${unreadable.reason}`;
  return { kind: 'reset', reason, from: unreadable.id };
}
