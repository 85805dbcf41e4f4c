/**
 * Which token effects each draft explains: one state change becomes one event of the most specific kind. A
 * draft looks first among what its own instruction invoked, then in the same outer instruction, then in the
 * rest of the transaction.
 */
import type { SolanaInstruction } from '../../../chains/solana/transaction.js';
import { CLAIM_ORDER, type Claim, type Draft } from '../decoder.js';
import type { Effect, EffectParty } from '../effect.js';
import { subtreeOf } from '../walk/subtree.js';
import { choosePayment } from './payment.js';

export interface Claimed {
  readonly draft: Draft;
  readonly effects: readonly Effect[];
  /** The effects of the claim that decides the price. */
  readonly payment: readonly Effect[];
}

type Scopes = readonly (readonly Effect[])[];

/** @returns the drafts with their effects, and in `left` the effects that no draft explains */
export function claimEffects(
  drafts: readonly Draft[],
  effects: readonly Effect[],
  instructions: readonly SolanaInstruction[],
): { readonly claimed: readonly Claimed[]; readonly left: readonly Effect[] } {
  const taken = new Set<Effect>(drafts.flatMap((draft) => draft.effects ?? []));
  const ordered = [...drafts].sort(
    (a, b) =>
      CLAIM_ORDER.indexOf(a.event.kind) - CLAIM_ORDER.indexOf(b.event.kind) ||
      a.event.eventIndex - b.event.eventIndex,
  );
  const claimed = ordered.map((draft): Claimed => {
    const mine: Effect[] = [...(draft.effects ?? [])];
    const payment: Effect[] = [];
    for (const claim of draft.claims) {
      const free = effects.filter((effect) => !taken.has(effect) && matches(effect, claim));
      const found = choose(claim, scopesOf(free, draft, instructions));
      for (const effect of found) taken.add(effect);
      mine.push(...found);
      if (claim.decidesPrice) payment.push(...found);
    }
    return { draft, effects: mine.sort((a, b) => a.ordinal - b.ordinal || a.slot - b.slot), payment };
  });
  return { claimed, left: effects.filter((effect) => !taken.has(effect)) };
}

function matches(effect: Effect, claim: Claim): boolean {
  return (
    claim.kinds.includes(effect.kind) &&
    (claim.asset === undefined || claim.asset === effect.asset) &&
    isParty(effect.source, claim.source) &&
    isParty(effect.destination, claim.destination)
  );
}

function isParty(party: EffectParty | undefined, wanted: string | undefined): boolean {
  return wanted === undefined || party?.account === wanted || party?.owner === wanted;
}

/** From narrow to wide: the instruction's own calls, the same outer instruction, everything. */
function scopesOf(free: readonly Effect[], draft: Draft, instructions: readonly SolanaInstruction[]): Scopes {
  const { first, last } = subtreeOf(instructions, draft.ordinal);
  const outer = instructions[draft.ordinal]?.outer;
  return [
    free.filter((effect) => effect.ordinal >= first && effect.ordinal <= last),
    free.filter((effect) => instructions[effect.ordinal]?.outer === outer),
    free,
  ];
}

function choose(claim: Claim, scopes: Scopes): readonly Effect[] {
  switch (claim.take) {
    case 'all':
      return scopes.find((scope) => scope.length > 0) ?? [];
    case 'payment':
      return choosePayment(claim, scopes);
    case 'one':
      return chooseOne(claim, scopes);
  }
}

function chooseOne(claim: Claim, scopes: Scopes): readonly Effect[] {
  const { amount } = claim;
  for (const scope of scopes) {
    const exact = scope.find((effect) => amount === undefined || effect.amount === amount);
    if (exact !== undefined) return [exact];
  }
  // The event may state the amount before a share of it was burned or kept as a fee. In the rest of the
  // transaction such a smaller effect counts only where both parties agree.
  const bothNamed = claim.source !== undefined && claim.destination !== undefined;
  for (const scope of bothNamed ? scopes : scopes.slice(0, -1)) {
    const smaller = scope.find(
      (effect) => amount !== undefined && effect.amount <= amount && effect.amount > 0n,
    );
    if (smaller !== undefined) return [smaller];
  }
  return [];
}
