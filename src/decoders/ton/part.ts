/** What a decoder of one contract kind returns: facts of one transaction, in a fixed place each. */
import type { ChainEvent, JsonObject } from '../../events/event.js';
import type { TonContext } from './context.js';

/** An event without what the registry adds. */
export interface Fact extends Omit<ChainEvent, 'eventIndex' | 'decoder' | 'decoderVersion'> {
  /**
   * Ordinal of events/position.ts; 0 is what the transaction itself says. Unique within a decoder's answer.
   */
  readonly place?: number;
}

export interface TonPart {
  readonly name: string;
  /** Raised whenever the same transaction would give other events than before. */
  readonly version: number;
  /**
   * The fixed slot of this decoder's events in an ordinal, so that no decoder's presence renumbers the events
   * of another.
   */
  readonly slot: number;
  decode(context: TonContext): readonly Fact[];
}

export const NANO: 9 = 9;
/** The native coin as an asset (stakes of TON itself) and as a currency. */
export const TON = 'TON';

/** An item's index in its collection, as an event's details show it. */
export function indexOf(index: bigint | null): JsonObject {
  return index === null ? {} : { index: index.toString() };
}
