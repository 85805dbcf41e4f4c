/** What a transaction says about the NFTs in it, whatever their standard. */
import type { NftDescription } from '../../../events/event.js';
import type { Creator } from './creators.js';

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
