/** The text form of a position in the feed, `epoch.seq.n`: the id that consumers keep and come back with. */
import type { FeedId } from './change.js';

/** The inverse of {@link parseFeedId}. */
export function formatFeedId({ epoch, seq, n }: FeedId): string {
  return `${epoch}.${seq}.${n}`;
}

/** Numbers that are written in one way only, and that JavaScript holds exactly. */
const ID = /^(0|[1-9]\d{0,14})\.([1-9]\d{0,14})\.(0|[1-9]\d{0,9})$/;

/** Reads an id from outside. @returns null when it is none that this program has written */
export function parseFeedId(text: string): FeedId | null {
  const [, epoch, seq, n] = ID.exec(text) ?? [];
  return epoch === undefined ? null : { epoch: Number(epoch), seq: Number(seq), n: Number(n) };
}

/** Whether `a` stands before `b`. Both are of the same epoch. */
export function isBefore(a: FeedId, b: FeedId): boolean {
  return a.seq < b.seq || (a.seq === b.seq && a.n < b.n);
}
