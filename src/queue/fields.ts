/**
 * Checking the fields of a job's JSON: what is of another type is an error that knows its place. By hand and not by a schema: every event
 * that is reconciled passes here. Each check takes the value and where it stands; the compiler refuses one that the field's type does
 * not follow from.
 */

/** Keys of T under which a V may stand. */
export type KeyFor<T, V> = { [K in keyof T]-?: V extends Required<T>[K] ? K : never }[keyof T];

/** Its path is searched when it is shown: naming every place costs more than reading it. */
export class WrongField extends Error {
  constructor(
    readonly holder: object,
    readonly key: PropertyKey,
    expected: string,
  ) {
    super(expected);
  }
}

/** The field's path from `root`, which is JSON and so holds every object once. By a list and not by recursion: JSON may be deep. */
export function pathOf({ holder, key }: WrongField, root: object): string {
  const open: { readonly object: object; readonly path: string }[] = [{ object: root, path: '' }];
  for (const { object, path } of open) {
    if (object === holder) return path + String(key);
    for (const [name, value] of Object.entries(object))
      if (typeof value === 'object' && value !== null) open.push({ object: value, path: `${path}${name}.` });
  }
  return String(key);
}

type RequiredKey<T> = { [K in keyof T]-?: Partial<Pick<T, K>> extends Pick<T, K> ? never : K }[keyof T] &
  string;

/** Names of the fields that every T has; one that is new in the type has to be added to compile. */
export function required<T>(all: Readonly<Record<RequiredKey<T>, true>>): readonly string[] {
  return Object.keys(all);
}

export function missing(holder: object, all: readonly string[]): WrongField {
  return new WrongField(holder, all.find((key) => !Object.hasOwn(holder, key)) ?? '', 'is missing');
}

/** @param key is never, to the compiler, once every key of the type has its case */
export function unknown(holder: object, key: never): WrongField {
  return new WrongField(holder, key, 'no such field');
}

export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function asObject(value: unknown, holder: object, key: PropertyKey): object {
  if (!isObject(value)) throw new WrongField(holder, key, 'must be an object');
  return value;
}

const DECIMAL = /^-?\d{1,78}$/;

export function asUnits<T extends object>(value: unknown, holder: T, key: KeyFor<T, bigint>): bigint {
  if (typeof value !== 'string' || !DECIMAL.test(value))
    throw new WrongField(holder, key, 'must be text of a decimal integer');
  return BigInt(value);
}

export function expectList<T extends object, V>(
  value: unknown,
  holder: T,
  key: KeyFor<T, readonly V[]>,
  read: (item: unknown, list: readonly unknown[], at: number) => V,
): void {
  if (!Array.isArray(value)) throw new WrongField(holder, key, 'must be a list');
  for (let at = 0; at < value.length; at++) read(value[at], value, at);
}

export function expectText<T extends object>(value: unknown, holder: T, key: KeyFor<T, string>): void {
  if (typeof value !== 'string') throw new WrongField(holder, key, 'must be text');
}

export function expectName<T extends object>(value: unknown, holder: T, key: KeyFor<T, string>): void {
  if (typeof value !== 'string' || value === '')
    throw new WrongField(holder, key, 'must be text that is not empty');
}

export function expectCount<T extends object>(value: unknown, holder: T, key: KeyFor<T, number>): void {
  if (!Number.isSafeInteger(value) || (value as number) < 0)
    throw new WrongField(holder, key, 'must be a whole number from 0 on');
}

export function expectTime<T extends object>(value: unknown, holder: T, key: KeyFor<T, number | null>): void {
  if (value !== null && !Number.isSafeInteger(value))
    throw new WrongField(holder, key, 'must be unix seconds or null');
}

/** JSON.parse reads 1e999 as infinite. */
export function expectNumber<T extends object>(value: unknown, holder: T, key: KeyFor<T, number>): void {
  if (!Number.isFinite(value)) throw new WrongField(holder, key, 'must be a finite number');
}

export function expectTrue<T extends object>(value: unknown, holder: T, key: KeyFor<T, true>): void {
  if (value !== true) throw new WrongField(holder, key, 'must be true');
}

/** Every choice of the type; one that is new there has to be added to compile. */
export function choices<V extends string>(all: Readonly<Record<V, true>>): readonly V[] {
  return Object.keys(all) as V[];
}

export function expectOneOf<T extends object, V extends string>(
  all: readonly V[],
  value: unknown,
  holder: T,
  key: KeyFor<T, V>,
): void {
  if (!all.includes(value as V)) throw new WrongField(holder, key, `must be one of ${all.join(', ')}`);
}
