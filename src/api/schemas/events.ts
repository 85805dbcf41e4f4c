/** A ledger event in responses: the same names as `ndx decode` prints, its place and time beside it. */
import { z } from 'zod';
import { flattenEvent } from '../../events/json.js';
import type { LedgerRow } from '../../store/ledger.js';
import { baseUnits, blockNumber, chain, kind, time } from './common.js';

export const event = z
  .object({
    chain,
    block: blockNumber,
    blockTime: time.nullable(),
    transactionHash: z.string(),
    transactionIndex: z.int(),
    eventIndex: z.int(),
    kind,
    outcome: z.enum(['ok', 'failed']),
    finality: z.enum(['confirmed', 'finalized']),
    decoder: z.string(),
    decoderVersion: z.int(),
    asset: z.object({ kind: z.enum(['nft', 'token']), address: z.string() }),
    from: z.string().optional(),
    to: z.string().optional(),
    amount: baseUnits.optional(),
    decimals: z.int().optional(),
    price: z.object({ amount: baseUnits, currency: z.string(), decimals: z.int() }).optional(),
    fees: z.object({ marketplace: baseUnits.optional(), royalty: baseUnits.optional() }).optional(),
    marketplace: z.string().optional(),
    movements: z
      .array(z.object({ token: z.string(), account: z.string(), owner: z.string(), delta: baseUnits }))
      .optional(),
    nft: z
      .object({
        contract: z.string().optional(),
        collection: z.string().optional(),
        creator: z.string().optional(),
        name: z.string().optional(),
        uri: z.string().optional(),
        royaltyBasisPoints: z.number().optional(),
      })
      .optional(),
    stake: z
      .object({ pool: z.string(), lockSeconds: z.number().optional(), apy: z.number().optional() })
      .optional(),
    repriceOnly: z.literal(true).optional(),
    details: z.record(z.string(), z.unknown()).optional(),
  })
  .meta({ id: 'Event', description: 'One canonical event of the ledger' });

export type EventBody = z.output<typeof event>;

export function eventBody(row: LedgerRow): EventBody {
  const { event: chainEvent, finality, blockTime, position, transaction, ...place } = row;
  const flat = flattenEvent({ ...place, blockTime, outcome: chainEvent.outcome, events: [] }, chainEvent);
  return {
    ...flat,
    finality,
    blockTime: blockTime === null ? null : new Date(blockTime * 1000).toISOString(),
  } as EventBody;
}
