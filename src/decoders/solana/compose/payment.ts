/** Which transfers paid a price: those that add up to it, as near to the sale as possible. */
import type { Claim } from '../decoder.js';
import { type Effect, NATIVE } from '../effect.js';

/** Up to so many transfers every subset is tried; of more, only runs of consecutive ones. */
const FEW = 12;

/**
 * The transfers that add up to the claim's amount or one of its alternatives; else those beside the sale that
 * do not exceed it.
 * @param scopes candidates, from narrow to wide
 */
export function choosePayment(claim: Claim, scopes: readonly (readonly Effect[])[]): readonly Effect[] {
  const { amount } = claim;
  if (amount === undefined || amount === 0n) return [];
  for (const target of [amount, ...(claim.alternatives ?? [])]) {
    for (const scope of scopes) {
      for (const candidates of byAsset(scope, target)) {
        const found = exactSum(candidates, target);
        if (found !== null) return found;
      }
    }
  }
  // Nothing adds up: what was paid beside the sale itself, as far as it does not exceed the price.
  for (const scope of scopes.slice(0, -1)) {
    const [candidates] = byAsset(scope, amount);
    if (candidates === undefined) continue;
    const found: Effect[] = [];
    let sum = 0n;
    for (const effect of candidates) {
      if (sum + effect.amount > amount) continue;
      sum += effect.amount;
      found.push(effect);
    }
    return found;
  }
  return [];
}

/**
 * Groups by asset, in order of appearance and lamports last: accounts that are opened on the way also cost
 * lamports.
 */
function byAsset(scope: readonly Effect[], most: bigint): (readonly Effect[])[] {
  const groups = new Map<string, Effect[]>();
  for (const effect of scope) {
    if (effect.amount === 0n || effect.amount > most) continue;
    const group = groups.get(effect.asset) ?? [];
    group.push(effect);
    groups.set(effect.asset, group);
  }
  return [...groups]
    .sort(([a], [b]) => Number(a === NATIVE) - Number(b === NATIVE))
    .map(([, group]) => group);
}

/** Of the subsets with that sum the one whose instructions are closest together, the earliest of those. */
function exactSum(candidates: readonly Effect[], target: bigint): readonly Effect[] | null {
  let best: { readonly effects: readonly Effect[]; readonly span: number } | null = null;
  for (const effects of candidates.length <= FEW ? subsets(candidates) : runs(candidates)) {
    if (effects.reduce((sum, effect) => sum + effect.amount, 0n) !== target) continue;
    const span = (effects.at(-1)?.ordinal ?? 0) - (effects[0]?.ordinal ?? 0);
    if (best === null || span < best.span) best = { effects, span };
  }
  return best?.effects ?? null;
}

function* subsets(candidates: readonly Effect[]): Generator<readonly Effect[]> {
  for (let mask = 1; mask < 1 << candidates.length; mask++)
    yield candidates.filter((_, i) => (mask & (1 << i)) !== 0);
}

function* runs(candidates: readonly Effect[]): Generator<readonly Effect[]> {
  for (let start = 0; start < candidates.length; start++)
    for (let end = start + 1; end <= Math.min(candidates.length, start + FEW); end++)
      yield candidates.slice(start, end);
}
