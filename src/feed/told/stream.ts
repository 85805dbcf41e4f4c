/** The feed as a stream: what those who open one are handed. */
import type { FeedEntry, FeedId } from '../change.js';
import type { ResetReason } from '../read.js';
import type { Telling } from './filter.js';
import type { ToldType } from './told.js';

export type Message =
  | { readonly kind: ToldType; readonly entry: FeedEntry }
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
    readonly filter: Telling;
    readonly signal: AbortSignal;
  }): AsyncGenerator<Message>;
}
