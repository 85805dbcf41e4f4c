/** Notes what a batch does to the ledger, and makes of it what the feed is told. */
import type { Chain } from '../events/event.js';
import type { EventPlace, LedgerChange } from '../feed/change.js';
import { digestOf } from '../store/ledger/digest.js';
import type { LedgerEntry, LedgerRow } from '../store/ledger/ledger.js';

export interface Changes {
  readonly chain: Chain;
  /** Rows that were deleted. */
  readonly removed: LedgerRow[];
  readonly inserted: LedgerRow[];
  /** Entries that became final where they stand. */
  readonly settled: LedgerEntry[];
}

/** Empty: reconciling a batch fills it. */
export function createChanges(chain: Chain): Changes {
  return { chain, removed: [], inserted: [], settled: [] };
}

/**
 * An event that was deleted and inserted was changed, only became final, or is as it was: a transaction is
 * written anew as a whole when one of its events reads differently.
 */
export function ledgerChange({ removed, inserted, settled }: Changes): LedgerChange {
  if (removed.length === 0)
    return { created: inserted.map(placeOf), changed: [], finalized: settled, withdrawn: [] };
  const before = new Map(removed.map((row) => [identity(row), row]));
  const created: EventPlace[] = [];
  const changed: (EventPlace & { readonly before: LedgerRow })[] = [];
  const finalized: EventPlace[] = [...settled];
  for (const row of inserted) {
    const old = before.get(identity(row));
    if (old === undefined) created.push(placeOf(row));
    else if (old.position !== row.position || digestOf(old) !== digestOf(row))
      changed.push({ ...placeOf(row), before: old });
    else if (old.finality !== row.finality) finalized.push(placeOf(row));
    before.delete(identity(row));
  }
  return { created, changed, finalized, withdrawn: [...before.values()] };
}

function identity({ transactionHash, event }: LedgerRow): string {
  return `${transactionHash} ${event.eventIndex}`;
}

function placeOf({ block, transactionIndex, transactionHash, event }: LedgerRow): EventPlace {
  return { block, transactionIndex, transactionHash, eventIndex: event.eventIndex };
}
