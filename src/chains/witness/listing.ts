/** What a block holds by the word of one endpoint, and how two such words differ. */
import { createHash } from 'node:crypto';

export interface Listing {
  /** The block's own hash. */
  readonly hash: string;
  /** Every transaction of the block by its hash or first signature, in the block's order. */
  readonly names: readonly string[];
}

/** Names that an error shows of a difference; the rest is counted. */
const SHOWN = 3;

/** Equal for equal listings, and short: 16 bytes of sha256 in hex. */
export function digestOf({ hash, names }: Listing): string {
  return createHash('sha256')
    .update(`${hash}\n${names.join('\n')}`)
    .digest('hex')
    .slice(0, 32);
}

/**
 * What is different, in words for an error.
 * @param first said by the endpoint called `one`, `second` by the endpoint called `other`
 * @returns null when both say the same, the order included
 */
export function differenceOf(
  [one, first]: readonly [string, Listing],
  [other, second]: readonly [string, Listing],
): string | null {
  if (first.hash !== second.hash)
    return `${one} gives the block ${first.hash}, ${other} the block ${second.hash}`;
  const here = new Set(first.names);
  const there = new Set(second.names);
  const only = [
    ...onlyIn(one, first, there),
    ...onlyIn(other, second, here),
    ...(here.size < first.names.length ? [`${one} lists a transaction twice`] : []),
    ...(there.size < second.names.length ? [`${other} lists a transaction twice`] : []),
  ];
  if (only.length > 0)
    return `${one} lists ${first.names.length} transactions, ${other} ${second.names.length}: ${only.join('; ')}`;
  const at = first.names.findIndex((name, place) => name !== second.names[place]);
  if (at < 0) return null;
  return `both list the same ${first.names.length} transactions, but in another order: place ${at} is ${first.names[at]} by ${one}, ${second.names[at]} by ${other}`;
}

function onlyIn(name: string, { names }: Listing, others: ReadonlySet<string>): string[] {
  const missing = names.filter((one) => !others.has(one));
  if (missing.length === 0) return [];
  const more = missing.length > SHOWN ? ` and ${missing.length - SHOWN} more` : '';
  return [`only ${name} has ${missing.slice(0, SHOWN).join(', ')}${more}`];
}
