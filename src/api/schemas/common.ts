/** Schemas that routes share: parameters in, pages and problems out. */
import { z } from 'zod';
import { CHAINS, KINDS } from '../../events/event.js';
import { ADDRESS_RULE, parseAddress } from '../addresses.js';
import { PROBLEM_MEDIA_TYPE } from '../problem-types.js';

export const chain = z.enum(CHAINS).meta({ id: 'Chain' });
export const kind = z.enum(KINDS).meta({ id: 'Kind' });
export const blockNumber = z.int().nonnegative();

export const DEFAULT_LIMIT = 50;
const MOST_ITEMS = 200;

/** A whole number in the query. Only digits are allowed, so that `1e2` or an empty text is an error. */
function digits(schema: z.ZodType<number, number>) {
  return z
    .string()
    .regex(/^\d{1,16}$/, 'must be a whole number')
    .transform(Number)
    .pipe(schema);
}

const LIMIT_RULE = `must be 1 to ${MOST_ITEMS}`;
export const limit = digits(z.int().min(1, LIMIT_RULE).max(MOST_ITEMS, LIMIT_RULE))
  .default(DEFAULT_LIMIT)
  // The OpenAPI document shows a number, although a query holds text. The default is in the description
  // because zod leaves it out for transformed values.
  .meta({
    type: 'integer',
    minimum: 1,
    maximum: MOST_ITEMS,
    pattern: undefined,
    description: `Items on the page; ${DEFAULT_LIMIT} when left out`,
  });

export const blockParameter = digits(blockNumber)
  .meta({ type: 'integer', minimum: 0, pattern: undefined })
  .optional();

export const flag = z
  .enum(['true', 'false'])
  .transform((text) => text === 'true')
  .optional();

/** Takes any form of an address and gives the form of the tables. */
export const address = z
  .string()
  .max(68, ADDRESS_RULE)
  .transform((text, context) => {
    const parsed = parseAddress(text);
    if (parsed !== null) return parsed;
    context.addIssue({ code: 'custom', message: ADDRESS_RULE });
    return z.NEVER;
  });

/** ISO 8601 UTC with milliseconds. */
export const time = z.string().meta({ format: 'date-time' });
export const wholeUnits = z
  .string()
  .meta({ description: 'Decimal number in whole units', examples: ['1.5'] });
export const baseUnits = z.string().meta({ description: 'Integer in base units', examples: ['1500000000'] });
/** A JSON object as the tables hold it. */
export const metadata = z.record(z.string(), z.unknown());

const nextCursor = z
  .string()
  .nullable()
  .meta({ description: 'Give it as `cursor` to get the next page; null on the last one' });

/** Filled in by friendly.ts. */
export const friendlyAddresses = z.record(z.string(), z.string()).optional().meta({
  description:
    'The user-friendly form of every TON address in the answer, by its raw form; absent where there is none',
});

/** A page of a list: its items, and the cursor of the next page (null on the last one). */
export function pageSchema<T extends z.ZodType>(item: T) {
  return z.object({ items: z.array(item), nextCursor, friendlyAddresses });
}

const problem = z
  .object({
    type: z.string().meta({ examples: ['urn:ndx:problem:invalid-parameter'] }),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    instance: z.string(),
    errors: z
      .array(z.object({ in: z.enum(['query', 'path', 'header']), field: z.string(), message: z.string() }))
      .optional(),
  })
  .meta({ id: 'Problem' });

const DESCRIPTIONS = {
  400: 'A parameter is wrong; `errors` names it',
  404: 'Unknown',
  500: 'Our mistake; the log has it under the id in `instance`',
  503: 'The database cannot be reached, or the query took too long',
} as const;

type ProblemStatus = keyof typeof DESCRIPTIONS;
type ProblemResponses<S extends ProblemStatus> = Record<
  S,
  { description: string; content: Record<string, { schema: typeof problem }> }
>;

/** The responses of a route that are problems: the given statuses, and always 500 and 503. */
export function problems<S extends ProblemStatus>(...statuses: S[]): ProblemResponses<S | 500 | 503> {
  const responses = {} as ProblemResponses<S | 500 | 503>;
  for (const status of [...statuses, 500, 503] as const)
    responses[status] = {
      description: DESCRIPTIONS[status],
      content: { [PROBLEM_MEDIA_TYPE]: { schema: problem } },
    };
  return responses;
}
