/** What a transaction says of the NFTs in it, whatever their standard. */
import type { NftDescription } from '../../../events/event.js';

export interface NftFacts {
  readonly description: NftDescription;
  /**
   * Creators and collections that agreed: a creator's verified flag, a collection's own signature. Names
   * alone prove nothing.
   */
  readonly vouchedBy: readonly string[];
  /** Largest share first. */
  readonly creators: readonly Creator[];
  /** A print of a master edition: whom it names as the artist, who need not have signed. */
  readonly printedFor?: string;
}

export interface Creator {
  readonly address: string;
  readonly verified: boolean;
  /** Percent of the royalty. */
  readonly share: number;
}

export type NftFactsMap = Map<string, NftFacts>;

const NOTHING: NftFacts = { description: {}, vouchedBy: [], creators: [] };

/** Adds what an instruction says to what is known of the asset already. */
export function learn(facts: NftFactsMap, asset: string, more: Partial<NftFacts>): void {
  const known = facts.get(asset) ?? NOTHING;
  const printedFor = more.printedFor ?? known.printedFor;
  facts.set(asset, {
    description: { ...known.description, ...more.description },
    vouchedBy: [...new Set([...known.vouchedBy, ...(more.vouchedBy ?? [])])],
    creators: more.creators ?? known.creators,
    ...(printedFor !== undefined && { printedFor }),
  });
}

/** Who made it: the creator with the largest share; candy machines put themselves first with a share of 0. */
function mainCreator(creators: readonly Creator[]): string | undefined {
  let best: Creator | undefined;
  for (const creator of creators) if (best === undefined || creator.share > best.share) best = creator;
  return best?.address;
}

/** Creators as facts: the main one described, the verified ones vouching. */
export function creatorFacts(
  creators: readonly Creator[],
): Pick<NftFacts, 'creators' | 'vouchedBy'> & { readonly creator?: string } {
  const creator = mainCreator(creators);
  const vouchedBy = creators.filter(({ verified }) => verified).map(({ address }) => address);
  return { creators, vouchedBy, ...(creator !== undefined && { creator }) };
}
