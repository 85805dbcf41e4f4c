/**
 * Which mints are NFTs, and which of those are followed.
 *
 * An SPL NFT has no decimals and a supply of 1. A transaction does not tell the supply, so: no instruction
 * and no balance in it may show more than one unit, and a mint counts as an NFT's only when its supply can no
 * longer grow (authority taken away), or it is described (Token Metadata, Token-2022): a machine that refuses
 * a buyer leaves one that is neither. Mints that the configuration names are believed to be NFTs. What candy
 * machines leave that only looks like an NFT is none (candy-machines.ts). Core assets and compressed NFTs are
 * NFTs by what they are. A creator or a collection counts where it signed (metadata/facts.ts).
 */
import type { SolanaTransaction } from '../../../chains/solana/transaction.js';
import type { Effect } from '../effect.js';
import type { SolanaFollow } from '../follow.js';
import type { NftFacts } from '../metadata/facts.js';
import { TOKEN_METADATA_PROGRAM } from '../programs.js';
import { isWhitelistToken } from './candy-machines.js';
import type { MintFacts } from './effects.js';

export interface NftScope {
  /**
   * Whether the effect is one of an NFT, and that NFT is followed.
   * @param facts of its mint
   * @param nft what the transaction says about the NFT
   */
  isOurs(
    effect: Effect,
    facts: MintFacts | undefined,
    nft: NftFacts | undefined,
    transaction: SolanaTransaction,
  ): boolean;
  /** Whether this NFT is followed; for NFTs of which nothing moved. */
  follows(asset: string, nft: NftFacts | undefined, transaction: SolanaTransaction): boolean;
}

/**
 * @param known NFTs discovered so far (minted by a followed creator): their later moves do not name their
 * creator
 */
export function createNftScope(
  follow: SolanaFollow,
  known: { has(address: string, slot: number): boolean },
): NftScope {
  const named = new Set(follow.nfts.mints);
  const voices = new Set([...follow.nfts.creators, ...follow.nfts.collections]);
  const creators = new Set(follow.nfts.creators);
  const tokens = new Set(follow.tokens.map((token) => token.mint));
  const isVouched = (asset: string, nft: NftFacts | undefined) =>
    named.has(asset) || nft?.vouchedBy.some((voice) => voices.has(voice)) === true;

  return {
    follows: (asset, nft, { slot }) =>
      !tokens.has(asset) && (follow.nfts.all || known.has(asset, slot) || isVouched(asset, nft)),
    isOurs(effect, facts, nft, transaction) {
      if (effect.decimals !== 0 || effect.amount !== 1n || tokens.has(effect.asset)) return false;
      const vouched = isVouched(effect.asset, nft) || signedByCreator(effect, facts, creators);
      // A second mint of a known NFT is no mint of an NFT. The mint that created it is, also where it became
      // known only later.
      const first = effect.kind !== 'mint' || effect.standard !== undefined || facts?.created === true;
      const followed = vouched || (first && known.has(effect.asset, transaction.slot));
      // In a failed transaction nothing was minted or moved: only NFTs that are followed by name, creator or
      // collection are recorded as attempts.
      if (!followed && (!follow.nfts.all || transaction.error !== null)) return false;
      if (effect.standard !== undefined) return true;
      if (effect.kind === 'update') return followed || isOfNft(effect);
      if (facts === undefined || facts.largest > 1n || (!followed && isWhitelistToken(effect, transaction)))
        return false;
      if (effect.kind !== 'mint' || followed) return true;
      if (facts.minted !== 1n) return false;
      return facts.sealed || nft !== undefined || hasMetadata(transaction, effect.asset);
    },
  };
}

/**
 * Fungible tokens have metadata, too, and an update does not tell the decimals: what has a collection, a
 * lock or creators is an NFT.
 */
function isOfNft({ change, says }: Effect): boolean {
  const { creators = [], state } = says ?? {};
  return Object.keys(change ?? {}).length > 0 || state !== undefined || creators.length > 0;
}

function signedByCreator(
  effect: Effect,
  facts: MintFacts | undefined,
  creators: ReadonlySet<string>,
): boolean {
  const signer =
    effect.standard === undefined ? facts?.authority : effect.kind === 'mint' ? effect.authority : undefined;
  return signer !== undefined && creators.has(signer);
}

function hasMetadata(transaction: SolanaTransaction, mint: string): boolean {
  return transaction.instructions.some(
    ({ programId, accounts }) => programId === TOKEN_METADATA_PROGRAM && accounts.includes(mint),
  );
}
