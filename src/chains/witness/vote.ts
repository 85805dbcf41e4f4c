import { digestOf, type Listing } from './listing.js';

/** What most endpoints say. */
export interface Winner {
  readonly digest: string;
  readonly names: readonly string[];
}

/**
 * The word that more endpoints give than any other one, and two at least; null when there is none: then
 * nobody can tell who is right.
 */
export function voteOf(words: ReadonlyMap<string, Listing>): Winner | null {
  const byDigest = new Map<string, string[]>();
  for (const [name, listing] of words) {
    const digest = digestOf(listing);
    byDigest.set(digest, [...(byDigest.get(digest) ?? []), name]);
  }
  const [first, next] = [...byDigest].sort(([, a], [, b]) => b.length - a.length);
  if (!first || first[1].length < 2 || next?.[1].length === first[1].length) return null;
  return { digest: first[0], names: first[1] };
}
