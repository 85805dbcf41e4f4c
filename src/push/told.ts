/** What consumers are told, and what the senders of it need of the feed. */

import type { Chain, Finality, JsonObject, Kind } from '../events/event.js';
import type { FeedId, Lane } from '../feed/change.js';

export const TOLD_TYPES = ['created', 'changed', 'finalized', 'withdrawn'] as const;

/** Whom and what a change is about: what filters ask for. */
export interface Subjects {
  readonly wallets: readonly string[];
  readonly users: readonly string[];
  readonly nfts: readonly string[];
  readonly collections: readonly string[];
}

/** One change, as it is told. */
export interface Told {
  readonly id: FeedId;
  readonly type: (typeof TOLD_TYPES)[number];
  readonly lane: Lane;
  /** `event`, or the kind of record: `link`, `user`, `metadata`, `collection`, … */
  readonly subject: string;
  /** Null for what is of no chain. */
  readonly chain: Chain | null;
  /** Of an event; null for a record, and for an event that the ledger does not hold any more. */
  readonly kind: Kind | null;
  readonly finality: Finality | null;
  readonly about: Subjects;
  /** The rest of what is told, as JSON: amounts as decimal strings. */
  readonly content: JsonObject;
}

export type FeedPage =
  | {
      readonly kind: 'changes';
      readonly changes: readonly Told[];
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

/** The feed as senders see it. */
export interface PushFeed {
  /** Reads at most `limit` changes after the point, in the feed's order. */
  read(after: FeedId, limit: number): Promise<FeedPage>;
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
