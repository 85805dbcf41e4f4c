/**
 * Which mints are NFTs, and which of those are followed.
 *
 * An SPL NFT has no decimals and a supply of 1. A transaction does not tell the supply, so: no instruction and no balance in it may
 * show more than one unit, and a mint counts as an NFT's only when the supply began at 0 here (InitializeMint), can no longer grow
 * (authority taken away), or Token Metadata was told of it. Mints that the configuration names are believed to be NFTs.
 */
import type { SolanaTransaction } from '../../../chains/solana/transaction.js';
import type { Effect } from '../effect.js';
import type { SolanaFollow } from '../follow.js';
import { TOKEN_METADATA_PROGRAM } from '../programs.js';
import type { MintFacts } from './effects.js';

export interface NftScope {
  isOurs(effect: Effect, facts: MintFacts | undefined, transaction: SolanaTransaction): boolean;
}

/** `known`: NFTs found so far (minted by a followed creator); their later moves do not name who made them. */
export function createNftScope(follow: SolanaFollow, known: ReadonlySet<string>): NftScope {
  const named = new Set(follow.nfts.mints);
  const creators = new Set(follow.nfts.creators);
  const tokens = new Set(follow.tokens.map((token) => token.mint));

  return {
    isOurs(effect, facts, transaction) {
      if (effect.decimals !== 0 || effect.amount !== 1n || facts === undefined || facts.largest > 1n || tokens.has(effect.asset))
        return false;
      const vouched = named.has(effect.asset) || (facts.authority !== undefined && creators.has(facts.authority));
      // What is known was minted already: a second mint is no mint of an NFT.
      const followed = vouched || (effect.kind !== 'mint' && known.has(effect.asset));
      // In a failed transaction a mint never came to be, and a stranger's NFT did not move.
      if (!followed && (!follow.nfts.all || transaction.error !== null)) return false;
      if (effect.kind !== 'mint' || followed) return true;
      return facts.minted === 1n && (facts.created || facts.sealed || hasMetadata(transaction, effect.asset));
    },
  };
}

function hasMetadata(transaction: SolanaTransaction, mint: string): boolean {
  return transaction.instructions.some(({ programId, accounts }) => programId === TOKEN_METADATA_PROGRAM && accounts.includes(mint));
}
