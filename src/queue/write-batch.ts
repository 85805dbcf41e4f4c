/** Batch → what JSON.stringify takes: copies of the objects that hold amounts, with decimal text in place of bigint and keys in the same order. */
import type { Batch } from '../events/batch.js';
import type { ChainEvent, DecodedTransaction, Fees, Movement, Price } from '../events/event.js';

/** T as it stands in JSON. */
type Written<T> = T extends bigint
  ? string
  : T extends readonly (infer V)[]
    ? readonly Written<V>[]
    : T extends object
      ? { readonly [K in keyof T]: Written<T[K]> }
      : T;

type Writer<T> = (value: T) => Written<T>;

/** A writer for each field with an amount in it: one that is new in the type has to be added to compile. */
type Writers<T> = {
  readonly [K in keyof T as T[K] extends Written<T[K]> ? never : K]-?: Writer<Exclude<T[K], undefined>>;
};

function objectWriter<T extends object>(writers: Writers<T>): Writer<T> {
  const entries = Object.entries(writers) as [string, (field: unknown) => unknown][];
  return (value) => {
    const copy = { ...value } as Record<string, unknown>;
    for (const [key, write] of entries) {
      const field = copy[key];
      if (field !== undefined) copy[key] = write(field);
    }
    return copy as Written<T>;
  };
}

function listWriter<T>(write: Writer<T>): Writer<readonly T[]> {
  return (list) => list.map((item) => write(item)) as Written<readonly T[]>;
}

const text = (amount: bigint) => amount.toString();

const event = objectWriter<ChainEvent>({
  amount: text,
  price: objectWriter<Price>({ amount: text }),
  fees: objectWriter<Fees>({ marketplace: text, royalty: text }),
  movements: listWriter(objectWriter<Movement>({ delta: text })),
});
const transaction = objectWriter<DecodedTransaction>({
  networkFee: text,
  gasUsed: text,
  events: listWriter(event),
});

export const writeBatch = objectWriter<Omit<Batch, 'source'>>({ transactions: listWriter(transaction) });
