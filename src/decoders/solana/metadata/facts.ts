/** What a transaction says about the NFTs in it, whatever their standard. */
import type { NftDescription } from '../../../events/event.js';

export interface NftFacts {
  readonly description: NftDescription;
  /**
   * Creators and collections that agreed: a creator by the verified flag, a collection by its own signature.
   * Being named proves nothing.
   */
  readonly vouchedBy: readonly string[];
  /** In the order of the metadata. */
  readonly creators: readonly Creator[];
  /** Of a print of a master edition: whom it names as the artist, who need not have signed. */
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

/** Adds what an instruction says about the asset to what is known of it already. */
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

/**
 * The creator with the largest share. The first creator does not do: candy machines put themselves first,
 * with a share of 0.
 */
function mainCreator(creators: readonly Creator[]): string | undefined {
  let best: Creator | undefined;
  for (const creator of creators) if (best === undefined || creator.share > best.share) best = creator;
  return best?.address;
}

/** The creators, the main one among them, and the verified ones as those who vouch. */
export function creatorFacts(
  creators: readonly Creator[],
): Pick<NftFacts, 'creators' | 'vouchedBy'> & { readonly creator?: string } {
  const creator = mainCreator(creators);
  const vouchedBy = creators.filter(({ verified }) => verified).map(({ address }) => address);
  return { creators, vouchedBy, ...(creator !== undefined && { creator }) };
}
