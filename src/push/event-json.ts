/** A ledger event as it is told: with the names and forms of the API's events. */
import type { JsonObject } from '../events/event.js';
import { flattenEvent } from '../events/json.js';
import type { LedgerRow } from '../store/ledger/ledger.js';

/** Amounts in base units as decimal text, times ISO 8601 UTC. */
export function eventJson(row: LedgerRow): JsonObject {
  const { event, finality, blockTime, position: _, transaction: _facts, ...place } = row;
  return {
    ...flattenEvent({ ...place, blockTime, outcome: event.outcome, events: [] }, event),
    finality,
    blockTime: blockTime === null ? null : new Date(blockTime * 1000).toISOString(),
  };
}
