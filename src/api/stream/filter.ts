/** What of the feed a reader of the stream wants to be told. */
import type { Chain, Kind } from '../../events/event.js';
import type { EventEntry, FeedEntry, RecordEntry } from '../../feed/change.js';
import type { Told } from '../../feed/told.js';
import type { LedgerRow } from '../../store/ledger/ledger.js';

export interface StreamFilter {
  readonly chain?: Chain | undefined;
  readonly kind?: Kind | undefined;
  readonly wallet?: string | undefined;
  readonly nft?: string | undefined;
  readonly collection?: string | undefined;
  /** `finalized`: only what cannot be undone any more, from when that is known. */
  readonly finality?: 'confirmed' | 'finalized' | undefined;
}

/**
 * @returns a function that says as what an entry is told; null: not at all. An event that changed and is no
 * longer one of the filter's is told as withdrawn, so that what a reader folds is what its filter finds in
 * the tables.
 */
export function createFilter(filter: StreamFilter): (entry: FeedEntry) => Exclude<Told, 'reset'> | null {
  return (entry) => {
    if (entry.subject === 'unreadable') return null;
    if (filter.chain !== undefined && entry.chain !== filter.chain) return null;
    return entry.subject === 'record' ? ofRecord(filter, entry) : ofEvent(filter, entry);
  };
}

function ofEvent(filter: StreamFilter, { kind, row, before, collections }: EventEntry) {
  const matches = (candidate: LedgerRow | null | undefined): boolean =>
    candidate != null && isWanted(filter, candidate, collections);
  if (kind !== 'changed') return matches(row) ? kind : null;
  // It has changed once more, or is gone: a later entry says so.
  if (row === null) return null;
  if (matches(row)) return matches(before) ? 'changed' : 'created';
  return matches(before) ? 'withdrawn' : null;
}

function isWanted(filter: StreamFilter, row: LedgerRow, collections: readonly string[]): boolean {
  const { event, finality } = row;
  const { kind, asset, from, to, movements = [], nft } = event;
  const { wallet, collection } = filter;
  if (filter.finality === 'finalized' && finality !== 'finalized') return false;
  if (filter.kind !== undefined && kind !== filter.kind) return false;
  if (filter.nft !== undefined && (asset.kind !== 'nft' || asset.address !== filter.nft)) return false;
  if (
    wallet !== undefined &&
    wallet !== from &&
    wallet !== to &&
    !movements.some(({ owner }) => owner === wallet)
  )
    return false;
  return (
    collection === undefined ||
    [...collections, nft?.collection, nft?.contract].some((address) => address === collection)
  );
}

function ofRecord(filter: StreamFilter, { kind, record }: RecordEntry) {
  const { about = {}, internal } = record;
  // An event's kind and finality are no record's.
  if (internal || filter.kind !== undefined || filter.finality === 'finalized') return null;
  const wanted = (value: string | undefined, list: readonly string[] = []): boolean =>
    value === undefined || list.includes(value);
  const all =
    wanted(filter.wallet, about.wallets) &&
    wanted(filter.nft, about.nfts) &&
    wanted(filter.collection, about.collections);
  return all ? kind : null;
}
