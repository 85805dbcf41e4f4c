/** Creators of an NFT, their shares of the royalty, and which of them signed. */
import type { NftDescription } from '../../../events/event.js';
import type { ByteReader } from '../bytes.js';

export interface Creator {
  readonly address: string;
  readonly verified: boolean;
  /** Percent of the royalty. */
  readonly share: number;
}

interface Vouching {
  readonly creators: readonly Creator[];
  readonly vouchedBy: readonly string[];
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

/** Creators, the main one among them, and the royalty, as an event's description has them. */
export function termsOf(
  creators: readonly Creator[] | null,
  royaltyBasisPoints?: number | null,
): Pick<NftDescription, 'creator' | 'creators' | 'royaltyBasisPoints'> {
  const creator = mainCreator(creators ?? []);
  return {
    ...(creator !== undefined && { creator }),
    ...(royaltyBasisPoints != null && { royaltyBasisPoints }),
    ...(creators !== null && {
      creators: creators.map(({ address, share, verified }) => ({
        address,
        share,
        ...(verified && ({ verified } as const)),
      })),
    }),
  };
}

/** The creators, and the verified ones as those who vouch. */
export function creatorFacts(creators: readonly Creator[]): Vouching {
  return {
    creators,
    vouchedBy: creators.filter(({ verified }) => verified).map(({ address }) => address),
  };
}

/** Reads Vec<Creator { address, verified, share }>. @throws RangeError when the data is too short for them */
export function readCreators(reader: ByteReader): Creator[] {
  const count = reader.u32();
  if (count * 34 > reader.left) throw new RangeError(`${count} creators in ${reader.left} bytes`);
  return Array.from({ length: count }, () => ({
    address: reader.key(),
    verified: reader.u8() === 1,
    share: reader.u8(),
  }));
}
