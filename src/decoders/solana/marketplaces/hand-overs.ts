/**
 * Sales to a program's own account that passes the NFT on to the final buyer right after: both moves are one
 * sale.
 */
import { eventIndex } from '../../../events/position.js';
import { isOnCurve } from '../address/curve.js';
import type { DecodeContext, Draft } from '../decoder.js';
import type { Effect } from '../effect.js';

/**
 * @returns the drafts; a sale whose NFT was passed on has the final buyer, the moves in between, and stands
 * where the last of them stands
 */
export function withHandOvers(drafts: readonly Draft[], context: DecodeContext): Draft[] {
  const explained = new Set(drafts.flatMap(({ effects }) => effects ?? []));
  return drafts.map((draft) => {
    let { to } = draft.event;
    if (draft.event.kind !== 'sale') return draft;
    const effects = [...(draft.effects ?? [])];
    let last = effects.filter(({ asset }) => asset === draft.event.asset.address).at(-1);
    while (to !== undefined && last !== undefined && !isOnCurve(to)) {
      const next = handOver(to, last, context, explained);
      if (next?.destination === undefined) break;
      explained.add(next);
      effects.push(next);
      to = next.destination.owner;
      last = next;
    }
    if (to === undefined || to === draft.event.to || last === undefined) return draft;
    const event = { ...draft.event, to, eventIndex: eventIndex(last.ordinal, last.slot) };
    return { ...draft, effects, event };
  });
}

/** The next move of the NFT out of the holder's hands within the same outer instruction. */
function handOver(
  holder: string,
  after: Effect,
  { effects, transaction }: DecodeContext,
  explained: ReadonlySet<Effect>,
): Effect | undefined {
  const outer = transaction.instructions[after.ordinal]?.outer;
  return effects.find(
    (effect) =>
      effect.kind === 'transfer' &&
      effect.asset === after.asset &&
      effect.ordinal > after.ordinal &&
      transaction.instructions[effect.ordinal]?.outer === outer &&
      effect.source?.owner === holder &&
      !explained.has(effect),
  );
}
