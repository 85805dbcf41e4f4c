/** Where each NFT went inside a span: from its first owner to its last. */
import type { Effect, EffectParty } from '../effect.js';

export interface Flow {
  readonly asset: string;
  readonly source: EffectParty;
  readonly destination: EffectParty;
  /** Every transfer on the way. */
  readonly effects: readonly Effect[];
}

/** `effects`: of one span, in order. Minted and burned NFTs have no flow: they did not change hands. */
export function flowsOf(effects: readonly Effect[], isNft: (effect: Effect) => boolean): Flow[] {
  const flows = new Map<string, Flow>();
  const unmoved = new Set<string>();
  for (const effect of effects) {
    if (effect.kind !== 'transfer') {
      unmoved.add(effect.asset);
      continue;
    }
    const { source, destination } = effect;
    if (source === undefined || destination === undefined || !isNft(effect)) continue;
    const before = flows.get(effect.asset);
    flows.set(effect.asset, {
      asset: effect.asset,
      source: before?.source ?? source,
      destination,
      effects: [...(before?.effects ?? []), effect],
    });
  }
  return [...flows.values()].filter(({ asset }) => !unmoved.has(asset));
}
