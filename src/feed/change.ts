/** What a database transaction says to the feed: what it changed, in one row. */
import type { Chain, JsonObject } from '../events/event.js';
import type { LedgerRow } from '../store/ledger/ledger.js';

/**
 * Where a change comes from, so that nobody is told of an old sale as of a new one. `live`: it just happened.
 * `backfill`: it happened while nobody read, and was read late. `replay`: an operator had it read again.
 */
export const LANES = ['live', 'backfill', 'replay'] as const;
export type Lane = (typeof LANES)[number];

/** Where an event stands, and the transaction that stands there. */
export interface EventPlace {
  readonly block: number;
  readonly transactionIndex: number;
  readonly eventIndex: number;
  readonly transactionHash: string;
}

/** What a transaction did to the events of one chain. Every event is in one of the lists, once. */
export interface LedgerChange {
  readonly created: readonly EventPlace[];
  /** Events that stand at another place now or say something else; with what the ledger held before. */
  readonly changed: readonly (EventPlace & { readonly before: LedgerRow })[];
  /** Events that were `confirmed` and cannot be undone any more. */
  readonly finalized: readonly EventPlace[];
  /** Events that the ledger does not hold any more, whole. */
  readonly withdrawn: readonly LedgerRow[];
}

export const RECORD_KINDS = ['created', 'changed', 'withdrawn'] as const;

/** Whom and what a record is about: what filters ask for. */
export interface About {
  /** Addresses, users' ids, ids of NFT rows, addresses of collections. */
  readonly wallets?: readonly string[];
  readonly users?: readonly string[];
  readonly nfts?: readonly string[];
  readonly collections?: readonly string[];
}

/**
 * A change of something that is no event: a link of wallets, metadata, a collection, a row of the platform.
 */
export interface RecordChange {
  /** What changed, in one word: `link`, `metadata`, `repair`, `user`, `track`, `track_file`. */
  readonly subject: string;
  readonly kind: (typeof RECORD_KINDS)[number];
  /** Which one: the primary key as text. */
  readonly key: string;
  /** Not told to anybody outside: only caches follow it. */
  readonly internal?: boolean;
  readonly about?: About;
  /** What to tell besides; of what is withdrawn, the whole of it. Never personal data: the feed is kept. */
  readonly content?: JsonObject;
}

/** What one database transaction changed. */
export interface Change {
  readonly lane: Lane;
  readonly chain?: Chain;
  readonly ledger?: LedgerChange;
  readonly records?: readonly RecordChange[];
}

/**
 * A position in the feed: the `n`-th entry of the row `seq`. `n` 0 stands before the first entry of its row.
 */
export interface FeedId {
  readonly epoch: number;
  readonly seq: number;
  readonly n: number;
}

interface Entry {
  readonly id: FeedId;
  readonly lane: Lane;
  /** Unix milliseconds, by the database's clock, at which the transaction was about to commit. */
  readonly at: number;
}

/** An event was created, changed, settled or withdrawn. */
export interface EventEntry extends Entry {
  readonly subject: 'event';
  readonly kind: 'created' | 'changed' | 'finalized' | 'withdrawn';
  readonly chain: Chain;
  readonly block: number;
  readonly transactionIndex: number;
  readonly eventIndex: number;
  /**
   * The event as the ledger holds it now (which may be newer than the entry); of one withdrawn, as it was.
   * Null when the ledger does not hold it any more: a later entry says that it was withdrawn or moved.
   */
  readonly row: LedgerRow | null;
  /** Of one changed: as it was. */
  readonly before?: LedgerRow;
  readonly known: Known;
}

/** What the tables say of addresses that events name, when these were read. Shared by a page's entries. */
export interface Known {
  /** Wallet → its user. */
  readonly users: ReadonlyMap<string, string>;
  /** NFT → addresses of its collection and contract. An NFT that the tables do not hold is not in it. */
  readonly collections: ReadonlyMap<string, readonly string[]>;
}

export interface RecordEntry extends Entry {
  readonly subject: 'record';
  /** Null: of no chain. */
  readonly chain: Chain | null;
  readonly kind: RecordChange['kind'];
  readonly record: RecordChange;
}

/** The row cannot be read: whoever follows has to begin anew from the tables. */
export interface UnreadableEntry extends Entry {
  readonly subject: 'unreadable';
  readonly kind: 'reset';
  readonly reason: string;
}

export type FeedEntry = EventEntry | RecordEntry | UnreadableEntry;
