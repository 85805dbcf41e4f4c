/** The times that the tables need of every event: an unknown one is never written as 1970. */
import { NdxError } from '../runtime/errors.js';
import type { LedgerRow } from '../store/ledger/ledger.js';

/**
 * The time of the event's block in Unix seconds. Reconcile refuses events without one, and old rows of the
 * ledger have that of a neighbour (src/store/ledger/block-time.ts).
 * @throws NdxError BLOCK_UNAVAILABLE when the ledger knows no time at all
 */
export function timeOf({ blockTime, chain, block }: LedgerRow): number {
  return dated(blockTime, `${chain} block ${block}`);
}

/** @throws NdxError BLOCK_UNAVAILABLE when it is null; `what` says of what the time is unknown */
export function dated(time: number | null, what: string): number {
  if (time !== null) return time;
  throw new NdxError(
    'BLOCK_UNAVAILABLE',
    `the ledger does not know the time of ${what}, nor of any other block: \`ndx replay\` reads them again`,
  );
}
