/** A ledger row as it is told outside: by the API, its stream and webhooks. */
import type { JsonObject } from '../../events/event.js';
import { flattenEvent } from '../../events/json.js';
import type { LedgerRow } from './ledger.js';

/** Amounts in base units as decimal text, times ISO 8601 UTC; names are those that `ndx decode` prints. */
export function rowJson(row: LedgerRow): JsonObject {
  const { event, finality, blockTime, position: _, transaction: _facts, ...place } = row;
  return {
    ...flattenEvent({ ...place, blockTime, outcome: event.outcome, events: [] }, event),
    finality,
    blockTime: blockTime === null ? null : new Date(blockTime * 1000).toISOString(),
  };
}
