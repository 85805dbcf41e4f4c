/**
 * The content of a row of the feed: JSON text that is cheap to write, because reconcile writes it with every
 * batch. Events are named by their places, grouped by transaction; the end of the transaction's hash tells
 * whether the one that stands at the place is still the one that was meant. Only what the ledger does not
 * hold any more is copied whole. The entries of a row are counted from 1 in this order: withdrawn, created,
 * changed, finalized, records.
 */
import type { Chain, ChainEvent, TransactionFacts } from '../events/event.js';
import { EVENT, TRANSACTION_FACTS } from '../events/event.js';
import { positionKey } from '../events/position.js';
import { recordPicker, recordReviver, type Written } from '../events/written.js';
import { asCount, asList, asObject, asOneOf, asText, readAtDoor, WrongField } from '../runtime/untrusted.js';
import type { LedgerRow } from '../store/ledger/ledger.js';
import { type About, type Change, type EventPlace, RECORD_KINDS, type RecordChange } from './change.js';

/** Characters of a transaction's hash that are kept: 46 bits (base58) or 32 (hexadecimal). */
const CHECK = 8;

/** An event by its place, with the end of its transaction's hash. */
export interface Named {
  readonly block: number;
  readonly transactionIndex: number;
  readonly eventIndex: number;
  readonly check: string;
}

/** One entry as it stands in the row. */
export type Stored =
  | { readonly kind: 'created' | 'finalized'; readonly named: Named }
  | { readonly kind: 'changed'; readonly named: Named; readonly before: LedgerRow }
  | { readonly kind: 'withdrawn'; readonly row: LedgerRow }
  | { readonly kind: 'record'; readonly record: RecordChange };

type Group = [block: number, transactionIndex: number, check: string, ...eventIndexes: number[]];

const pickEvent = recordPicker<ChainEvent>(EVENT);
const pickFacts = recordPicker<TransactionFacts>(TRANSACTION_FACTS);
const reviveEvent = recordReviver<ChainEvent>(EVENT);
const reviveFacts = recordReviver<TransactionFacts>(TRANSACTION_FACTS);

/** @returns the text, and the number of its entries; 0 when nothing changed */
export function encodeChange({ ledger, records = [] }: Change): { readonly text: string; entries: number } {
  const { created = [], changed = [], finalized = [], withdrawn = [] } = ledger ?? {};
  const content: Record<string, unknown> = {};
  if (withdrawn.length > 0) content.w = withdrawn.map(copyOf);
  if (created.length > 0) content.c = groupsOf(created);
  if (changed.length > 0) content.m = changed.map((place) => [groupsOf([place])[0], copyOf(place.before)]);
  if (finalized.length > 0) content.f = groupsOf(finalized);
  if (records.length > 0) content.r = records;
  const entries = withdrawn.length + created.length + changed.length + finalized.length + records.length;
  return { text: entries > 0 ? JSON.stringify(content) : '', entries };
}

function groupsOf(places: readonly EventPlace[]): Group[] {
  const groups: Group[] = [];
  let last: Group | undefined;
  for (const { block, transactionIndex, eventIndex, transactionHash } of places) {
    if (last?.[0] === block && last[1] === transactionIndex) last.push(eventIndex);
    else {
      last = [block, transactionIndex, transactionHash.slice(-CHECK), eventIndex];
      groups.push(last);
    }
  }
  return groups;
}

function copyOf(row: LedgerRow): object {
  const { chain: _, position: __, event, transaction, ...rest } = row;
  return {
    ...rest,
    event: pickEvent(event),
    ...(transaction ? { transaction: pickFacts(transaction) } : {}),
  };
}

/** Whether the transaction is the one that was meant. */
export function isMeant({ check }: Named, transactionHash: string): boolean {
  return transactionHash.endsWith(check);
}

/**
 * Reads a row's content. Rows that are not ours may stand in the table as well: triggers of the platform's
 * tables write some.
 * @throws Error that names the field, when it is not what {@link encodeChange} writes
 */
export function decodeContent(text: string, chain: Chain | null): Stored[] {
  return readAtDoor(
    JSON.parse(text) as unknown,
    (value, holder, key) => {
      const content = asObject(value, holder, key);
      const list = (name: string) =>
        content[name] === undefined ? [] : asList(content[name], content, name);
      const [w, c, m, f, r] = ['w', 'c', 'm', 'f', 'r'].map(list) as [
        readonly unknown[],
        readonly unknown[],
        readonly unknown[],
        readonly unknown[],
        readonly unknown[],
      ];
      if (chain === null && w.length + c.length + m.length + f.length > 0)
        throw new WrongField(content, 'c', 'events of no chain');
      return [
        ...w.map((row, at): Stored => ({ kind: 'withdrawn', row: readCopy(row, w, at, chain as Chain) })),
        ...c
          .flatMap((group, at) => readGroup(group, c, at))
          .map((named): Stored => ({ kind: 'created', named })),
        ...m.map((pair, at): Stored => readChanged(pair, m, at, chain as Chain)),
        ...f
          .flatMap((group, at) => readGroup(group, f, at))
          .map((named): Stored => ({ kind: 'finalized', named })),
        ...r.map((record, at): Stored => ({ kind: 'record', record: readRecord(record, r, at) })),
      ];
    },
    (path, what) => new Error(`${path || 'the content'} ${what}`),
  );
}

function readGroup(value: unknown, holder: object, key: PropertyKey): Named[] {
  const [block, transactionIndex, check, ...indexes] = asList(value, holder, key);
  const of = {
    block: asCount(block, value as object, 0),
    transactionIndex: asCount(transactionIndex, value as object, 1),
    check: asText(check, value as object, 2),
  };
  return indexes.map((index, at) => ({ ...of, eventIndex: asCount(index, value as object, at + 3) }));
}

function readChanged(value: unknown, holder: object, key: PropertyKey, chain: Chain): Stored {
  const pair = asList(value, holder, key);
  const [named] = readGroup(pair[0], pair, 0);
  if (named === undefined) throw new WrongField(pair, 0, 'names no event');
  return { kind: 'changed', named, before: readCopy(pair[1], pair, 1, chain) };
}

/** What this program copied itself: only the place is checked. */
function readCopy(value: unknown, holder: object, key: PropertyKey, chain: Chain): LedgerRow {
  const copy = asObject(value, holder, key);
  const block = asCount(copy.block, copy, 'block');
  const transactionIndex = asCount(copy.transactionIndex, copy, 'transactionIndex');
  const event = asObject(copy.event, copy, 'event');
  const eventIndex = asCount(event.eventIndex, event, 'eventIndex');
  const { transaction, ...rest } = copy as unknown as Omit<LedgerRow, 'event' | 'transaction'> & {
    readonly transaction?: Partial<Written<TransactionFacts>>;
  };
  return {
    ...rest,
    chain,
    event: reviveEvent(event as Partial<Written<ChainEvent>>) as ChainEvent,
    position: positionKey(block, transactionIndex, eventIndex),
    ...(transaction ? { transaction: reviveFacts(transaction) as TransactionFacts } : {}),
  };
}

function readRecord(value: unknown, holder: object, key: PropertyKey): RecordChange {
  const record = asObject(value, holder, key);
  return {
    subject: asText(record.subject, record, 'subject'),
    kind: asOneOf(RECORD_KINDS, record.kind, record, 'kind'),
    key: asText(record.key, record, 'key'),
    ...(record.internal === true ? { internal: true } : {}),
    ...(record.about === undefined ? {} : { about: readAbout(record.about, record, 'about') }),
    ...(record.content === undefined
      ? {}
      : { content: asObject(record.content, record, 'content') as NonNullable<RecordChange['content']> }),
  };
}

const ABOUT = ['wallets', 'users', 'nfts', 'collections'] as const;

function readAbout(value: unknown, holder: object, key: PropertyKey): About {
  const about = asObject(value, holder, key);
  return Object.fromEntries(
    ABOUT.filter((name) => about[name] !== undefined).map((name) => {
      const list = asList(about[name], about, name);
      return [name, list.map((item, at) => asText(item, list, at))];
    }),
  );
}
