/** A ledger event in responses: with the names that `ndx decode` prints, and with its position and time. */
import { z } from 'zod';
import { EVENT, FINALITIES } from '../../events/event.js';
import { flattenEvent } from '../../events/json.js';
import type { LedgerRow } from '../../store/ledger/ledger.js';
import { blockNumber, chain, kind, time } from './common.js';
import { shapeOf } from './described.js';

const { eventIndex, kind: _shared, outcome, ...facts } = shapeOf(EVENT);

export const event = z
  .object({
    chain,
    block: blockNumber,
    blockTime: time.nullable(),
    transactionHash: z.string(),
    transactionIndex: z.int(),
    eventIndex,
    kind,
    outcome,
    finality: z.enum(FINALITIES),
    ...facts,
  })
  .meta({ id: 'Event', description: 'One canonical event of the ledger' });

export type EventBody = z.output<typeof event>;

/** A ledger row as the API shows it: amounts in base units as decimal text, times ISO 8601 UTC. */
export function eventBody(row: LedgerRow): EventBody {
  const { event: chainEvent, finality, blockTime, position, transaction, ...place } = row;
  const flat = flattenEvent({ ...place, blockTime, outcome: chainEvent.outcome, events: [] }, chainEvent);
  return {
    ...flat,
    finality,
    blockTime: blockTime === null ? null : new Date(blockTime * 1000).toISOString(),
  } as EventBody;
}
