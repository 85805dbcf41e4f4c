/**
 * The language in which the fields of an event are described (event.ts, batch.ts). A description is plain
 * data with a type: {@link Described} makes the TypeScript type of it, and what reads, writes, stores, hashes
 * and documents an event is compiled from it. See the table in event.ts.
 */

/** The kind of value in a field. */
export type Form =
  | { readonly kind: Plain }
  | { readonly kind: 'oneOf'; readonly choices: readonly string[] }
  | { readonly kind: 'list'; readonly item: Form }
  | { readonly kind: 'record'; readonly fields: Fields };

type Plain = 'text' | 'name' | 'count' | 'measure' | 'number' | 'time' | 'units' | 'yes' | 'json';

export interface Field<V = unknown, Needed extends boolean = boolean> {
  readonly form: Form;
  readonly needed: Needed;
  /** Whether ledgers were written without it, see {@link added}. */
  readonly added: boolean;
  /** Never set: carries the type. */
  readonly value?: V;
}

export type Fields = Readonly<Record<string, Field>>;

type ValueOf<F> = F extends Field<infer V> ? V : never;

/** The TypeScript type of the objects that a description describes. */
export type Described<F extends Fields> = {
  readonly [K in keyof F as F[K]['needed'] extends true ? K : never]: ValueOf<F[K]>;
} & {
  readonly [K in keyof F as F[K]['needed'] extends true ? never : K]?: ValueOf<F[K]>;
};

function needed<V>(form: Form): Field<V, true> {
  return { form, needed: true, added: false };
}

/** Any text. `V` narrows the type only. */
export const text = <V extends string = string>() => needed<V>({ kind: 'text' });
/** Text that is not empty. */
export const name = () => needed<string>({ kind: 'name' });
/** A whole number from 0 on. */
export const count = () => needed<number>({ kind: 'count' });
/** A measured quantity from 0 on, such as seconds; the API's schema calls it a number. */
export const measure = () => needed<number>({ kind: 'measure' });
/** Any finite number. */
export const number = () => needed<number>({ kind: 'number' });
/** Unix seconds; null where the chain does not know. */
export const time = () => needed<number | null>({ kind: 'time' });
/** A signed amount in base units: bigint in memory, decimal text in JSON. */
export const units = () => needed<bigint>({ kind: 'units' });
/** True or absent. */
export const yes = () => optional(needed<true>({ kind: 'yes' }));
/** A JSON object whose shape only its decoder knows. */
export const json = <V>() => needed<V>({ kind: 'json' });

/** Text that is one of the choices. */
export function oneOf<V extends string>(choices: readonly V[]): Field<V, true> {
  return needed({ kind: 'oneOf', choices });
}

/** A list whose items have all the same form. An optional field is no item. */
export function listOf<V>({ form }: Field<V, true>): Field<readonly V[], true> {
  return needed({ kind: 'list', item: form });
}

/** An object of these fields. */
export function record<F extends Fields, T extends Described<F> = Described<F>>(fields: F): Field<T, true> {
  return needed({ kind: 'record', fields });
}

/** The field may be absent. */
export function optional<V>(field: Field<V>): Field<V, false> {
  return { ...field, needed: false };
}

/**
 * An optional field that did not exist when the first ledgers were written. An event's digest includes it
 * only where it is present, so that events without it keep the digest under which they are stored.
 */
export function added<V>(field: Field<V>): Field<V, false> {
  return { ...field, needed: false, added: true };
}

/** Whether values of this form differ between memory and JSON because they contain an amount. */
export function holdsUnits(form: Form): boolean {
  switch (form.kind) {
    case 'list':
      return holdsUnits(form.item);
    case 'record':
      return Object.values(form.fields).some((field) => holdsUnits(field.form));
    default:
      return form.kind === 'units';
  }
}
