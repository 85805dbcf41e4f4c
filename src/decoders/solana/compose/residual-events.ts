/**
 * What only the balances show becomes plain transfers, mints or burns after the last instruction, so that
 * movements and balances agree.
 */
import type { ChainEvent } from '../../../events/event.js';
import { eventIndex, RESIDUAL_ORDINAL } from '../../../events/position.js';
import type { Residual } from './balance-check.js';

type Base = Pick<ChainEvent, 'outcome' | 'decoder' | 'decoderVersion'>;

/** No transaction names more accounts than this. */
const ACCOUNTS = 256;

/**
 * A loss and an equal gain of the same token become one transfer; any other becomes a mint or a burn. The
 * slot is the index of the account; a second event of the same account (closed and opened again for another
 * mint) gets the slot 256 further.
 */
export function residualEvents(
  residuals: readonly Residual[],
  accountKeys: readonly string[],
  base: Base,
): ChainEvent[] {
  const left = [...residuals];
  const events: ChainEvent[] = [];
  const slots = new Set<number>();
  for (let loss = left.shift(); loss !== undefined; loss = left.shift()) {
    const current = loss;
    const counterpart = left.findIndex(
      (other) => other.token === current.token && other.delta === -current.delta,
    );
    const [other] = counterpart < 0 ? [] : left.splice(counterpart, 1);
    let slot = Math.max(0, accountKeys.indexOf(current.account));
    while (slots.has(slot)) slot += ACCOUNTS;
    slots.add(slot);
    events.push(eventOf(current, other, slot, base));
  }
  return events;
}

function eventOf(one: Residual, other: Residual | undefined, slot: number, base: Base): ChainEvent {
  const source = one.delta < 0n ? one : other;
  const destination = one.delta < 0n ? other : one;
  const both = [one, ...(other === undefined ? [] : [other])];
  return {
    eventIndex: eventIndex(RESIDUAL_ORDINAL, slot),
    kind:
      source !== undefined && destination !== undefined ? 'transfer' : source === undefined ? 'mint' : 'burn',
    ...base,
    asset: { kind: 'token', address: one.token },
    ...(source && { from: source.owner }),
    ...(destination && { to: destination.owner }),
    amount: one.delta < 0n ? -one.delta : one.delta,
    decimals: one.decimals,
    movements: both.map(({ token, account, owner, delta }) => ({ token, account, owner, delta })),
    details: { residual: true },
  };
}
