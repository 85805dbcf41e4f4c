/** Makes zod schemas from the descriptions of src/events/describe.ts, for the values as JSON. */
import { z } from 'zod';
import type { Field, Fields, Form } from '../../events/describe.js';
import type { Written } from '../../events/written.js';
import { baseUnits } from './common.js';

type Schema<F> =
  F extends Field<infer V, infer Needed>
    ? Needed extends true
      ? z.ZodType<Written<V>>
      : z.ZodOptional<z.ZodType<Written<V>>>
    : never;

/** A schema for each field, in the order of the description, as `z.object` takes them. */
export function shapeOf<F extends Fields>(fields: F): { [K in keyof F]: Schema<F[K]> } {
  const entries = Object.entries(fields).map(([name, { form, needed }]) => {
    const schema = schemaOf(form);
    return [name, needed ? schema : schema.optional()];
  });
  return Object.fromEntries(entries);
}

function schemaOf(form: Form): z.ZodType {
  switch (form.kind) {
    case 'text':
    case 'name':
      return z.string();
    case 'count':
      return z.int();
    case 'measure':
    case 'number':
      return z.number();
    case 'time':
      return z.int().nullable();
    case 'units':
      return baseUnits;
    case 'yes':
      return z.literal(true);
    case 'json':
      return z.record(z.string(), z.unknown());
    case 'oneOf':
      return z.enum(form.choices);
    case 'list':
      return z.array(schemaOf(form.item));
    case 'record':
      return z.object(shapeOf(form.fields));
  }
}
