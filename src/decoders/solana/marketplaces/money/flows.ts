/** Where each NFT went inside a span of instructions: from its first owner to its last. */
import type { DecodeContext } from '../../decoder.js';
import type { Effect } from '../../effect.js';
import { isNftLike } from '../nft-like.js';
import { walletOf } from '../parties.js';

export interface Flow {
  readonly asset: string;
  /** Wallets, or the accounts by which a program holds it. */
  readonly from: string;
  readonly to: string;
  /** Every transfer on the way, in order. */
  readonly effects: readonly Effect[];
}

/**
 * NFTs that were minted or burned have no flow, since they did not change hands.
 * @param effects those of one span, in order
 */
export function flowsOf(effects: readonly Effect[], context: DecodeContext): Flow[] {
  const moves = new Map<string, Effect[]>();
  const unmoved = new Set<string>();
  for (const effect of effects) {
    if (effect.kind === 'update') continue;
    if (effect.kind !== 'transfer') unmoved.add(effect.asset);
    else if (isNftLike(effect, context))
      moves.set(effect.asset, [...(moves.get(effect.asset) ?? []), effect]);
  }
  return [...moves].flatMap(([asset, onTheWay]) => {
    const source = onTheWay[0]?.source;
    const destination = onTheWay.at(-1)?.destination;
    if (unmoved.has(asset) || source === undefined || destination === undefined) return [];
    return [
      {
        asset,
        from: walletOf(source, asset, context),
        to: walletOf(destination, asset, context),
        effects: onTheWay,
      },
    ];
  });
}
