/** What whoever follows the feed from outside is told, and the filter that says what of it. */
import type { FeedEntry, FeedId } from './change.js';
import type { ResetReason } from './read.js';

/** What an entry means to a follower with a filter: an event that left the filter is withdrawn to it. */
export type Told = 'created' | 'changed' | 'finalized' | 'withdrawn' | 'reset';

export type Message =
  | { readonly kind: Exclude<Told, 'reset'>; readonly entry: FeedEntry }
  /** Read the tables anew, then go on from `id`. */
  | { readonly kind: 'reset'; readonly id: FeedId; readonly reason: ResetReason | 'unreadable' }
  /** Nothing to tell up to `id`. */
  | { readonly kind: 'idle'; readonly id: FeedId };

/** The streams of a process. */
export interface FeedStream {
  /**
   * What is told from a position on, until the signal is aborted or the reader falls too far behind. Pull it
   * as fast as the reader takes it.
   * @param after null: from now on
   */
  open(options: {
    readonly after: FeedId | null;
    readonly filter: (entry: FeedEntry) => Exclude<Told, 'reset'> | null;
    readonly signal: AbortSignal;
  }): AsyncGenerator<Message>;
}
