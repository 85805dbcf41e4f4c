/**
 * Which effects are of something that can only be an NFT: one unit, no decimals, and never more of it in the
 * transaction.
 */
import type { DecodeContext } from '../decoder.js';
import type { Effect } from '../effect.js';

/**
 * Whether the effect moves something that can only be an NFT. False where the transaction does not show the
 * mint.
 */
export function isNftLike(effect: Effect, { mints }: DecodeContext): boolean {
  if (effect.standard !== undefined) return true;
  return effect.decimals === 0 && effect.amount === 1n && (mints.get(effect.asset)?.largest ?? 2n) <= 1n;
}
