/**
 * Turns an event into columns of the ledger and back, by the description of its fields (src/events/event.ts).
 * Fields by which SQL finds rows have columns of their own; every other field stands in the JSON column
 * `facts`, so a new one needs no migration.
 */
import { type Fields, holdsUnits } from '../../events/describe.js';
import { type ChainEvent, EVENT, TRANSACTION_FACTS, type TransactionFacts } from '../../events/event.js';
import { recordPicker, recordReviver, type Written } from '../../events/written.js';
import type { CopyColumns, CopyValue } from '../copy.js';

type Columns<V> = V extends string | number | bigint ? string : { readonly [K in keyof Required<V>]: string };

/**
 * Field → its column; for a record, the column of each of its fields. A record is absent when its first
 * column is NULL.
 */
const OWN = {
  eventIndex: 'event_index',
  kind: 'kind',
  outcome: 'outcome',
  asset: { kind: 'asset_kind', address: 'asset' },
  from: 'sender',
  to: 'recipient',
  amount: 'amount',
  decimals: 'decimals',
  price: { amount: 'price_amount', currency: 'price_currency', decimals: 'price_decimals' },
  decoder: 'decoder',
  decoderVersion: 'decoder_version',
} as const satisfies { readonly [K in keyof ChainEvent]?: Columns<Required<ChainEvent>[K]> };

type Own = keyof typeof OWN;

/** The content of the JSON column `facts`. */
export type StoredFacts = Partial<Written<Omit<ChainEvent, Own>>> & {
  readonly transaction?: Written<TransactionFacts>;
};

/** A row as pg returns it: numbers as numbers, `bigint` and `numeric` as text. */
export type Row = Readonly<Record<string, unknown>>;

const isOwn = (name: string): name is Own => Object.hasOwn(OWN, name);

const OWN_FIELDS = Object.entries(EVENT).filter(([name]) => isOwn(name));
const FACTS: Fields = Object.fromEntries(Object.entries(EVENT).filter(([name]) => !isOwn(name)));

const writeFacts = recordPicker<ChainEvent>(FACTS);
const writeTransaction = recordPicker<TransactionFacts>(TRANSACTION_FACTS);
const reviveFacts = recordReviver<ChainEvent>(FACTS);
const reviveTransaction = recordReviver<TransactionFacts>(TRANSACTION_FACTS);

/** JSON text for the column `facts`: the fields that have no column of their own. */
export function factsOf(event: ChainEvent, transaction: TransactionFacts | undefined): string {
  const facts: { -readonly [K in keyof StoredFacts]: StoredFacts[K] } = writeFacts(event);
  if (transaction !== undefined) facts.transaction = writeTransaction(transaction);
  return JSON.stringify(facts);
}

/** Anything that holds an event, as a ledger row does. */
interface Holder {
  readonly event: ChainEvent;
}

/** The columns that hold one field each, and how to read their values from an event. */
export const eventColumns: CopyColumns<Holder> = Object.fromEntries(
  Object.entries(OWN).flatMap(([name, column]: [string, string | Readonly<Record<string, string>>]) => {
    const field = name as Own;
    type Read = (row: Holder) => CopyValue;
    if (typeof column === 'string') return [[column, (({ event }) => event[field]) as Read]];
    return Object.entries(column).map(([inner, part]): [string, Read] => [
      part,
      ({ event }) => (event[field] as Readonly<Record<string, CopyValue>> | undefined)?.[inner],
    ]);
  }),
);

interface Filled {
  readonly name: string;
  /** undefined: the field is absent. */
  readonly from: (row: Row) => unknown;
}

/** How each of these fields is read back from a row, in the order of the description. */
const FILLED: readonly Filled[] = OWN_FIELDS.map(([name, { form }]) => {
  const column: string | Readonly<Record<string, string>> = OWN[name as Own];
  if (typeof column === 'string') return { name, from: fromColumn(column, holdsUnits(form)) };
  const fields: Fields = form.kind === 'record' ? form.fields : {};
  const parts = Object.entries(column).map(
    ([inner, part]): Filled => ({
      name: inner,
      from: fromColumn(part, fields[inner]?.form.kind === 'units'),
    }),
  );
  const [first] = Object.values(column);
  return {
    name,
    from: (row) => (row[first as string] === null ? undefined : filled(parts, row)),
  };
});

function fromColumn(column: string, units: boolean): (row: Row) => unknown {
  return units
    ? (row) => (row[column] === null ? undefined : BigInt(row[column] as string))
    : (row) => row[column] ?? undefined;
}

function filled(fields: readonly Filled[], row: Row): object {
  const object: Record<string, unknown> = {};
  for (const { name, from } of fields) {
    const value = from(row);
    if (value !== undefined) object[name] = value;
  }
  return object;
}

/**
 * Makes the event of a ledger row.
 * @param row with the columns of {@link eventColumns}
 * @param facts content of the column `facts`
 */
export function eventOf(row: Row, facts: Omit<StoredFacts, 'transaction'>): ChainEvent {
  return Object.assign(filled(FILLED, row), reviveFacts(facts as Partial<Written<ChainEvent>>)) as ChainEvent;
}

/** @param facts as the ledger holds them in JSON, amounts as text */
export function transactionFactsOf(facts: Written<TransactionFacts>): TransactionFacts {
  return reviveTransaction(facts);
}
