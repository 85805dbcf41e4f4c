/** Where each NFT went inside a span: from its first owner to its last. */
import type { DecodeContext } from '../../decoder.js';
import type { Effect } from '../../effect.js';
import { isNftLike } from '../nft-like.js';
import { walletOf } from '../parties.js';

export interface Flow {
  readonly asset: string;
  /** Wallets, or what a program holds it by. */
  readonly from: string;
  readonly to: string;
  /** Every transfer on the way. */
  readonly effects: readonly Effect[];
}

/** `effects`: of one span, in order. Minted and burned NFTs have no flow: they did not change hands. */
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
