/** Sales whose NFT was listed or taken back in the same transaction only to be sold. */
import type { Draft } from '../decoder.js';

/**
 * Leaves out a listing, or the end of one, that precedes a sale of the same NFT; the effects that it
 * explained go to the sale.
 */
export function withoutPreparations(drafts: readonly Draft[]): Draft[] {
  const kept: Draft[] = [];
  const later = new Map<string, Draft>();
  for (const draft of [...drafts].sort((a, b) => b.event.eventIndex - a.event.eventIndex)) {
    const { kind, asset } = draft.event;
    const sale = later.get(asset.address);
    if (kind === 'sale') later.set(asset.address, draft);
    if (sale === undefined || kind === 'sale') kept.push(draft);
    else kept.splice(kept.indexOf(sale), 1, merge(sale, draft, later));
  }
  return kept.reverse();
}

function merge(sale: Draft, preparation: Draft, later: Map<string, Draft>): Draft {
  const merged = { ...sale, effects: [...(preparation.effects ?? []), ...(sale.effects ?? [])] };
  later.set(sale.event.asset.address, merged);
  return merged;
}
