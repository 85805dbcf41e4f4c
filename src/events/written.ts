/**
 * What is described (describe.ts) as it stands in JSON, and back: an amount is a bigint in memory and decimal
 * text in JSON.
 */
import { type Fields, type Form, holdsUnits } from './describe.js';

/** T as it stands in JSON. */
export type Written<T> = T extends bigint
  ? string
  : T extends readonly (infer V)[]
    ? readonly Written<V>[]
    : T extends object
      ? { readonly [K in keyof T]: Written<T[K]> }
      : T;

type Convert = (value: unknown) => unknown;

/**
 * @returns makes of an object with some of the fields what JSON.stringify takes: copies of the objects that
 * hold amounts, with text in their place and the keys in the same order
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

/** @returns makes a new object of just these fields as they stand in JSON, in the order of the description */
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

/** Of a value that holds amounts. */
function writerOf(form: Form): Convert {
  if (form.kind === 'record') return recordWriter<object>(form.fields) as Convert;
  if (form.kind !== 'list') return (amount) => (amount as bigint).toString();
  const write = writerOf(form.item);
  return (list) => (list as readonly unknown[]).map((item) => write(item));
}

/**
 * The way back, for JSON that we wrote ourselves: nothing is checked.
 * @returns makes of an object with some of the fields a copy with amounts in it: first the fields that hold
 * them, then the rest
 */
export function recordReviver<T>(fields: Fields): (value: Partial<Written<T>>) => Partial<T> {
  const entries = withUnits(fields, reviverOf);
  return (value) => {
    const amounts: Record<string, unknown> = {};
    for (const [key, revive] of entries) {
      const field = (value as Readonly<Record<string, unknown>>)[key];
      if (field !== undefined) amounts[key] = revive(field);
    }
    // Once more at the end: what stands in JSON under the same names has been put over them.
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
