import { digestOf, type Listing } from './listing.js';

/** What most endpoints say. */
export interface Winner {
  readonly digest: string;
  readonly names: readonly string[];
}

/**
 * The operator of an endpoint by its name: several APIs at one host, which bear their kind in brackets, are
 * one.
 */
export function operatorOf(name: string): string {
  return name.replace(/ \([^)]*\)$/, '');
}

/**
 * The word that more operators give than any other one, and two at least; null when there is none: then
 * nobody can tell who is right.
 */
export function voteOf(words: ReadonlyMap<string, Listing>): Winner | null {
  const byDigest = new Map<string, { readonly names: string[]; readonly operators: Set<string> }>();
  for (const [name, listing] of words) {
    const digest = digestOf(listing);
    const side = byDigest.get(digest) ?? { names: [], operators: new Set<string>() };
    byDigest.set(digest, side);
    side.names.push(name);
    side.operators.add(operatorOf(name));
  }
  const sides = [...byDigest].sort(([, a], [, b]) => b.operators.size - a.operators.size);
  const [first, next] = sides;
  if (!first || first[1].operators.size < 2 || next?.[1].operators.size === first[1].operators.size)
    return null;
  return { digest: first[0], names: first[1].names };
}
