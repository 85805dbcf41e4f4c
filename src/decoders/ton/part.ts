/**
 * What a part, the decoder of one kind of contract, returns: facts about one transaction, each at a fixed
 * place.
 */
import type { ChainEvent, JsonObject } from '../../events/event.js';
import type { TonContext } from './context.js';

/** An event without the fields that the registry adds. */
export interface Fact extends Omit<ChainEvent, 'eventIndex' | 'decoder' | 'decoderVersion'> {
  /**
   * Ordinal of the event index (events/position.ts); default 0, what the transaction itself says. Unique
   * within a part's answer.
   */
  readonly place?: number;
}

export interface TonPart {
  readonly name: string;
  /** To be raised whenever the same transaction would give other events than before. */
  readonly version: number;
  /**
   * Slot of all events of this part in their event index, so that no part's presence renumbers the events of
   * another.
   */
  readonly slot: number;
  /** What it throws becomes a decode problem of the transaction. */
  decode(context: TonContext): readonly Fact[];
}

/** Decimals of TON. */
export const NANO: 9 = 9;
/** The native coin, as the asset of stakes of TON and as a currency. */
export const TON = 'TON';

/** An item's index in its collection in the form of an event's details; empty when it is not known. */
export function indexOf(index: bigint | null): JsonObject {
  return index === null ? {} : { index: index.toString() };
}
