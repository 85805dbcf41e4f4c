/** A ledger event in responses: with the names that `ndx decode` prints, and with its position and time. */
import { z } from 'zod';
import { EVENT, FINALITIES } from '../../events/event.js';
import { rowJson } from '../../store/ledger/json.js';
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

/** A ledger row as the API shows it. */
export function eventBody(row: LedgerRow): EventBody {
  return rowJson(row) as EventBody;
}
