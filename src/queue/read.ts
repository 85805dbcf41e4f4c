/**
 * Checks what JSON.parse made of a job against the description of its fields (src/events/describe.ts), and
 * turns amounts from decimal text into bigint. This is done in place, because copies of so many small objects
 * cost more than the checks; objects keep the order of their fields.
 */
import type { Field, Fields, Form } from '../events/describe.js';
import {
  asCount,
  asJsonObject,
  asList,
  asName,
  asNumber,
  asObject,
  asOneOf,
  asText,
  asTime,
  asUnits,
  TEXT_MOST,
  WrongField,
} from '../runtime/untrusted.js';

/** Checks the value that stands at `key` of `holder`. @returns what should stand there @throws WrongField */
type Reader = (value: unknown, holder: object, key: PropertyKey) => unknown;

interface Entry {
  readonly name: string;
  readonly at: number;
  readonly needed: boolean;
  readonly isText: boolean;
  /** Whether the value has to be replaced by what `read` returns. */
  readonly replaced: boolean;
  readonly read: Reader;
}

/** @returns a reader of objects that have all fields that are needed, and none that is not described */
export function recordReader(fields: Fields): Reader {
  const entries = Object.entries(fields).map(
    ([name, { form, needed }]: [string, Field], at): Entry => ({
      name,
      at,
      needed,
      isText: form.kind === 'text',
      replaced: form.kind === 'units',
      read: readerOf(form),
    }),
  );
  const byName = new Map(entries.map((entry) => [entry.name, entry]));
  const needed = entries.filter((entry) => entry.needed);
  const total = needed.length;
  return (value, holder, key) => {
    const object = asObject(value, holder, key) as Record<string, unknown>;
    let found = 0;
    let next = 0;
    for (const name in object) {
      // Most objects have their fields in the order of the description.
      let entry = entries[next];
      if (entry === undefined || entry.name !== name) entry = byName.get(name);
      if (entry === undefined) throw new WrongField(object, name, 'no such field');
      next = entry.at + 1;
      if (entry.needed) found++;
      const field = object[name];
      // Half of all fields are texts, and checking them here costs less than a call of their reader.
      if (entry.isText && typeof field === 'string' && field.length <= TEXT_MOST) continue;
      const read = entry.read(field, object, name);
      if (entry.replaced) object[name] = read;
    }
    if (found !== total) throw missing(object, needed);
    return object;
  };
}

function missing(object: object, needed: readonly Entry[]): WrongField {
  return new WrongField(
    object,
    needed.find(({ name }) => !Object.hasOwn(object, name))?.name ?? '',
    'is missing',
  );
}

function readerOf(form: Form): Reader {
  switch (form.kind) {
    case 'text':
      return asText;
    case 'name':
      return asName;
    case 'count':
    case 'measure':
      return asCount;
    case 'number':
      return asNumber;
    case 'time':
      return asTime;
    case 'units':
      return asUnits;
    case 'yes':
      return (value, holder, key) => asOneOf([true], value, holder, key);
    case 'json':
      return asJsonObject;
    case 'oneOf':
      return (value, holder, key) => asOneOf(form.choices, value, holder, key);
    case 'list': {
      const read = readerOf(form.item);
      return (value, holder, key) => {
        const list = asList(value, holder, key);
        for (let at = 0; at < list.length; at++) read(list[at], list, at);
        return list;
      };
    }
    case 'record':
      return recordReader(form.fields);
  }
}
