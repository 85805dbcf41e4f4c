/**
 * Converts objects that are described (describe.ts) to their JSON form and back: an amount is a bigint in
 * memory and decimal text in JSON.
 */
import { type Fields, type Form, holdsUnits } from './describe.js';

/** T in its JSON form. */
export type Written<T> = T extends bigint
  ? string
  : T extends readonly (infer V)[]
    ? readonly Written<V>[]
    : T extends object
      ? { readonly [K in keyof T]: Written<T[K]> }
      : T;

type Convert = (value: unknown) => unknown;

/**
 * @returns a function that turns an object with some of the fields into what JSON.stringify takes: objects
 * that hold amounts are copied, with text in the amounts' place and the keys in the same order
 */
export function recordWriter<T>(fields: Fields): (value: Partial<T>) => Partial<Written<T>> {
  const entries = withUnits(fields, writerOf);
  return (value) => {
    const copy = { ...value } as Record<string, unknown>;
    for (const [key, write] of entries) {
      const field = copy[key];
      if (field !== undefined) copy[key] = write(field);
    }
    return copy as Partial<Written<T>>;
  };
}

/**
 * @returns a function that makes a new object of just these fields in their JSON form, in the order of the
 * description
 */
export function recordPicker<T>(fields: Fields): (value: T) => Partial<Written<T>> {
  const entries = Object.entries(fields).map(
    ([key, { form }]) => [key, holdsUnits(form) ? writerOf(form) : null] as const,
  );
  return (value) => {
    const picked: Record<string, unknown> = {};
    for (const [key, write] of entries) {
      const field = (value as Readonly<Record<string, unknown>>)[key];
      if (field !== undefined) picked[key] = write === null ? field : write(field);
    }
    return picked as Partial<Written<T>>;
  };
}

/** For a form that holds amounts. */
function writerOf(form: Form): Convert {
  if (form.kind === 'record') return recordWriter<object>(form.fields) as Convert;
  if (form.kind !== 'list') return (amount) => (amount as bigint).toString();
  const write = writerOf(form.item);
  return (list) => (list as readonly unknown[]).map((item) => write(item));
}

/**
 * The inverse of {@link recordWriter}, for JSON that this program wrote itself: nothing is checked.
 * @returns a function that copies an object with some of the fields, with amounts as bigint: first the fields
 * that hold amounts, then the rest
 */
export function recordReviver<T>(fields: Fields): (value: Partial<Written<T>>) => Partial<T> {
  const entries = withUnits(fields, reviverOf);
  return (value) => {
    const amounts: Record<string, unknown> = {};
    for (const [key, revive] of entries) {
      const field = (value as Readonly<Record<string, unknown>>)[key];
      if (field !== undefined) amounts[key] = revive(field);
    }
    // Once more at the end, because `value` has put its texts over the amounts of the same names.
    return { ...amounts, ...value, ...amounts } as Partial<T>;
  };
}

function reviverOf(form: Form): Convert {
  if (form.kind === 'record') return recordReviver<object>(form.fields) as Convert;
  if (form.kind !== 'list') return (amount) => BigInt(amount as string);
  const revive = reviverOf(form.item);
  return (list) => (list as readonly unknown[]).map((item) => revive(item));
}

function withUnits(fields: Fields, of: (form: Form) => Convert): [string, Convert][] {
  return Object.entries(fields)
    .filter(([, { form }]) => holdsUnits(form))
    .map(([key, { form }]) => [key, of(form)]);
}
